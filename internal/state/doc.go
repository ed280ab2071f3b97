// Package state is what the requests of a process have in common with those of earlier ones and of others: one
// limiter over the live state, the learned rates, and who uses a key.
package state
