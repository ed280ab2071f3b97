// Package memory bounds what a batch holds: a budget of bytes and of records for the run, of which each record has a
// lease. A response is read within it, and goes to a file where it is too large to be held.
package memory
