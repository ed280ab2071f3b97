// Package bodyfiles keeps answers that are too large for a result as files below one directory.
//
// A file is written beside its place, as ".arl-RUN-N.part", and put there when it is complete and on the
// disk. What is in its place already is never replaced: the name then gets a number. Names come from
// a [Template], and whatever ids say, they are names of plain files of that directory on every system.
package bodyfiles
