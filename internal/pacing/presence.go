package pacing

import (
	"context"
	"time"
)

// UserExpiry is how long a process is taken to be using what it has said it uses. It says so again at
// least three times in that span.
const UserExpiry = 7 * time.Second

// MaxUses is how many keys a process says it uses: those with most to do.
const MaxUses = 100

// A User is a process as others see it. Nothing in it is secret.
type User struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"` // what it is about, such as "batch notion"; never all of its arguments
	Since   time.Time `json:"since"`   // it has been running, by its own calendar
	Uses    []Use     `json:"uses"`
}

// A Use is what a process has to do with a key at a moment.
type Use struct {
	Key      string `json:"key"`
	InFlight int    `json:"in_flight"` // requests granted and not answered yet
	Waiting  int    `json:"waiting"`   // requests that wait for a slot
}

// A Presence is a Store in which processes say what they use. It is about people who look, and no part of
// pacing: a process that says nothing is paced all the same.
type Presence interface {
	// Announce says what the process of this store uses now, in place of what it said before. It is forgotten
	// after [UserExpires].
	Announce(ctx context.Context, u User) error
	// Withdraw says that it uses nothing.
	Withdraw(ctx context.Context) error
}
