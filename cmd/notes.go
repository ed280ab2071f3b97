package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// noteworthy is how long a wait must be to be said without --explain, which tells a whole story.
const noteworthy = 2 * time.Second

// notes are the lines that arl says on stderr while it works: warnings, and waits long enough that
// somebody might wonder. It is safe for use by many goroutines.
type notes struct {
	w      io.Writer
	style  terminal.Style
	silent bool

	mu    sync.Mutex
	until map[string]time.Time // per key, what was reported last
}

func newNotes(e *env, g *globalOptions, o *sendOptions) *notes {
	return &notes{
		w: terminal.Painted(e.Err), style: e.style(g), silent: o.Silent, until: make(map[string]time.Time),
	}
}

// A writerFunc is an io.Writer made of a function.
type writerFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// say writes a line.
func (n *notes) say(format string, args ...any) {
	fmt.Fprintf(n.w, "arl: %s\n", terminal.Plain(fmt.Sprintf(format, args...)))
}

// warning reports an error that stops nothing, with its hint if it has one.
func (n *notes) warning(err error) {
	if n.silent {
		return
	}
	n.say("warning: %s", err)
	if advised, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && advised.Hint() != "" {
		n.hint(advised.Hint())
	}
}

func (n *notes) hint(text string) {
	fmt.Fprintf(n.w, "%s %s\n", n.style.Warn("hint:"), terminal.Plain(text))
}

// warn says what went wrong, and on a second line what can be done about it, if the message has one.
func (n *notes) warn(message string) {
	if n.silent {
		return
	}
	message, hint, _ := strings.Cut(message, "\nhint: ")
	n.say("warning: %s", message)
	if hint != "" {
		n.hint(hint)
	}
}

// waiting is told whenever the head of a line has to wait. A wait is said once.
func (n *notes) waiting(key string, left time.Duration, why limiter.Reason) {
	if n.silent || left < noteworthy {
		return
	}
	until := time.Now().Add(left)
	n.mu.Lock()
	said := n.until[key]
	if said.Sub(until).Abs() < time.Second || why == limiter.ReasonRate && time.Now().Before(said) {
		n.mu.Unlock()
		return
	}
	n.until[key] = until
	n.mu.Unlock()
	n.say("%s: waiting %s, until %s (%s)", key, terminal.Span(left), clock(until, time.Now()), because(why))
}

// outage says that an api has been failing, and when it is tried again.
func (n *notes) outage(api string, lasted, next time.Duration) {
	if n.silent {
		return
	}
	if lasted < time.Second {
		n.say("%s: failing; everything waits, one request looks again in %s", api, terminal.Span(next))
		return
	}
	n.say("%s: has been failing for %s; looking again in %s", api, terminal.Span(lasted), terminal.Span(next))
}

func because(why limiter.Reason) string {
	switch why {
	case limiter.ReasonPause:
		return "the server asked for a pause"
	case limiter.ReasonWindow:
		return "the documented limit is used up"
	case limiter.ReasonScout:
		return "one request went ahead after a pause"
	case limiter.ReasonBudget:
		return "the server says that nothing is left until its reset"
	}
	return "the rate"
}
