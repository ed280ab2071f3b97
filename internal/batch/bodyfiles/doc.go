// Package bodyfiles stores responses that are too large for a result line as files in one directory.
//
// A file is written as ".arl-RUN-N.part" and renamed when it is complete and on disk. An existing file is
// never replaced: the name then gets a number. Names come from a [Template]; whatever an id contains, they
// are names of plain files in that directory on every system.
package bodyfiles
