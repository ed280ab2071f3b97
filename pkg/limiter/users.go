package limiter

import (
	"context"
	"time"
)

// UserExpires is how long a process is taken to be using what it has said it uses. It says so again at
// least three times in that span.
const UserExpires = 7 * time.Second

// MostUses is how many keys a process says it uses: those with most to do.
const MostUses = 100

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
	Key     string `json:"key"`
	Flying  int    `json:"in_flight"` // requests granted and not answered yet
	Waiting int    `json:"waiting"`   // requests that wait for a slot
}

// A Register is a Store in which processes say what they use. It is about people who look, and no part of
// pacing: a process that says nothing is paced all the same.
type Register interface {
	// SignIn says what the process of this store uses now, in place of what it said before. It is forgotten
	// after [UserExpires].
	SignIn(ctx context.Context, u User) error
	// SignOut says that it uses nothing.
	SignOut(ctx context.Context) error
}
