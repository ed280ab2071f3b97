package tokens

import (
	"context"
	"time"
)

// A Place holds one sealed value that several processes share. It may be emptied at any time.
type Place interface {
	// Read returns what was put down, and for how long that lasts from now; nothing if there is nothing.
	Read(ctx context.Context) (value []byte, left time.Duration, err error)
	// Claim makes holder the one who may write, for a time or until it dies; again by the same holder it
	// makes the time longer. It reports false while another one is.
	Claim(ctx context.Context, holder string, life time.Duration) (bool, error)
	// Write puts a value down, and gives the claim up; an empty value removes what is there. It reports false, and
	// writes nothing, if the claim has been lost.
	Write(ctx context.Context, holder string, value []byte, life time.Duration) (bool, error)
	// Keep puts a value down as Write does, and keeps the claim.
	Keep(ctx context.Context, holder string, value []byte, life time.Duration) (bool, error)
	// Release gives the claim up.
	Release(ctx context.Context, holder string) error
}
