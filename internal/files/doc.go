// Package files opens the files that a command line names: it detects two names of the same file, and checks before
// anything is sent whether a file can be written. Atomic replacement is in
// [github.com/arl-cli/arl/internal/atomicfile].
//
// arl's own files are handled by [github.com/arl-cli/arl/internal/private].
package files
