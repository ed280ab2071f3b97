// Package files is how arl writes the files that a command line names: it knows when two names are one file, finds out
// before anything is sent whether a file can be written. What puts new files in the place of old ones is
// [github.com/arl-cli/arl/internal/atomicfile].
//
// What arl keeps for itself beside them is the business of [github.com/arl-cli/arl/internal/private].
package files
