package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// BrowserTimeout is how long somebody may take to log in with a browser.
const BrowserTimeout = 10 * time.Minute

// ErrTimeout says that nobody has come back.
var ErrTimeout = fmt.Errorf("no login within %g minutes", BrowserTimeout.Minutes())

// Returns are the ways in which a login comes back to this program.
type Returns struct {
	Visits <-chan *Visit
	Pasted <-chan string // lines that somebody has pasted; nil where nobody can
	Note   func(string)  // told of what does not end the login
}

// AwaitBrowser waits until somebody has logged in with a browser, and returns the tokens, or why there are none. What a
// browser shows last says which.
func (c *Client) AwaitBrowser(ctx context.Context, tokenURL string, a *Authorization, from Returns) (Token, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, BrowserTimeout, ErrTimeout)
	defer cancel()
	for {
		var v *Visit
		select {
		case <-ctx.Done():
			return Token{}, context.Cause(ctx)
		case v = <-from.Visits:
		case line, ok := <-from.Pasted:
			if !ok {
				from.Pasted = nil // its end is not the login's
				continue
			}
			v = &Visit{Query: Pasted(line), page: make(chan page, 1)}
		}
		t, err := c.arrive(ctx, tokenURL, a, v)
		if errors.Is(err, ErrForeign) {
			from.Note(err.Error())
			continue
		}
		return t, err
	}
}

// arrive ends a login with what a browser came back with.
func (c *Client) arrive(ctx context.Context, tokenURL string, a *Authorization, v *Visit) (t Token, err error) {
	code, err := a.Code(v.Query)
	if err == nil {
		t, err = c.Exchange(ctx, tokenURL, a, code)
	}
	switch denied, ok := errors.AsType[*AuthorizationError](err); {
	case err == nil:
		v.Reply(http.StatusOK, "You are logged in. You can close this window.")
	case errors.Is(err, ErrForeign):
		v.Reply(http.StatusBadRequest, "This is not the login that arl waits for. Open the page that arl has shown.")
	case ok:
		v.Reply(http.StatusOK, "You are not logged in: "+denied.Error()+". You can close this window.")
	default:
		v.Reply(http.StatusOK, "You are not logged in. You can close this window; arl says in the terminal what went wrong.")
	}
	return t, err
}
