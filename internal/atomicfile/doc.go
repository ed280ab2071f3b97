// Package atomicfile replaces files as a whole: whoever reads one finds the old content or the new one, never a part, and a
// process that is killed leaves the old one.
package atomicfile
