// Package limiter sends requests as fast as a server really allows, and no faster.
//
// It paces every request to a key (one API, one credential, one of its limits) through two parts:
//
//   - the gate says when the next request may go: the next slot at the current rate, pauses,
//     documented windows;
//   - the law says at what rate: it climbs while everything is accepted, cuts once per congestion
//     event, holds just under the limit it found, and probes rarely.
//
// Where limits hold over several keys, these pass a [SharedLimit] together, each on top of its own.
//
// Both are pure functions on one value per key; a [Store] locks that value and keeps it: in memory, or
// in a file that all processes of a user share (package filestore).
//
// [Transport] is an [net/http.RoundTripper] that paces, reads what the answers say of the limit, and
// repeats what may be repeated:
//
//	client := &http.Client{Transport: &limiter.Transport{Limiter: limiter.New(limiter.Config{})}}
//
// Without HTTP, use [Limiter.Acquire] and [Grant.Done].
//
// What is promised: requests for one key go in the order they came; no documented window is ever
// exceeded; after a refusal nobody sends before the pause is over; a wait can be cancelled at any
// time. What is not: that a server never refuses. The limit of a server that names none is found by
// meeting it.
package limiter
