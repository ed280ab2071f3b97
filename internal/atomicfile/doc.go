// Package atomicfile replaces files as a whole: a reader finds the old content or the new content, never a part of it, and
// a process that is killed leaves the old content.
package atomicfile
