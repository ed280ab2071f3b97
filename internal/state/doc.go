// Package state connects the requests of a process to those of others and of earlier runs: the session with its limiter
// over the shared store, the learned rates, and which processes use a key.
package state
