package pacing

import (
	"context"
	"time"
)

// A Store keeps the live state of every key. It owns the clock: what it answers are durations.
// Implementations: [NewMemory] for one process, package filestore for all processes of a user.
// Every store passes the suite in package storetest.
//
// A Store and its cells are safe for use by many goroutines.
type Store interface {
	// Open returns the cell of key. A key that the store does not know yet starts from p and from
	// what recall returns, which may be nil; recall is not called otherwise. A cell that comes with an
	// error is asked for its Peers only. An error, also of a cell, may have a method Freed() <-chan struct{}:
	// it is closed when the store is worth asking again.
	Open(ctx context.Context, key string, p *Params, recall func() *Learned) (Cell, error)
	// Lease is for how long a process may take slots ahead at more than 1000 a second, so that not
	// every request has to ask the store; 0 where asking costs nothing.
	Lease() time.Duration
	// Close releases what the store holds open. Its cells must not be used any more.
	Close() error
}

// A Cell is one key's state in a store. Every method is one atomic step of the pure functions on
// [State].
type Cell interface {
	Reserve(ctx context.Context, ask ReserveRequest) (Reservation, error) // State.Reserve
	Cancel(ctx context.Context, t Reservation) error                      // State.Cancel
	Apply(ctx context.Context, p *Params, ev Event) (Update, error)       // State.Apply
	// Current reports whether a grant of that generation is still good.
	Current(ctx context.Context, generation int64) (bool, error)
	// Learned returns what is worth remembering.
	Learned(ctx context.Context) (Learned, error)
	Distrust(ctx context.Context) error // State.Distrust
	// Follow makes the key follow edited parameters and a cap, State.Adopt and State.SetCap, and returns the cap that holds.
	Follow(ctx context.Context, p *Params, c Cap) (Cap, error)
	// Peers is how many processes were seen to use the key lately, this one included; 0 if it is not known.
	Peers() int
}
