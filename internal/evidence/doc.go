// Package evidence writes and checks manifests: who fetched what, when, and the hashes that prove it.
//
// A manifest is a file of JSON lines. Each ends with a member "chain": the SHA-256 of the chain before and of the line up
// to that member. So a line that is changed, removed, added or moved is found, and the last chain stands for all of the
// file: anyone who signs it, or keeps it elsewhere, has signed everything.
package evidence
