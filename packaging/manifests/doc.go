// Package manifests has the tests of what package managers are told about a release: each manifest is read by the
// program that it is for, or by what that program is written in, and what it names must be in the archives.
package manifests
