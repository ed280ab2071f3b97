package auth

import (
	"context"
	"strings"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/tokens"
)

// loginLine is what is known of a login.
type loginLine struct {
	Way       string    `json:"way"` // how somebody logged in
	At        time.Time `json:"at"`
	Until     time.Time `json:"until"`           // of the access token
	Renews    bool      `json:"renews"`          // after that it is renewed
	Refreshed int       `json:"refreshed"`       // how often it was
	Scope     string    `json:"scope,omitempty"` // granted, where the server says
	KeyIn     string    `json:"key_in"`
}

// loginOf looks at the login to an API; nil if its credential is none.
func loginOf(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, p *config.Profile) (*loginLine, error) {
	at, err := credential.LoginOf(p, e.Getenv)
	if err != nil || at.Key == "" {
		return nil, err
	}
	e.Secrets.Add(at.Key)
	login := &tokens.Login{Name: at.Name, Secret: at.Key, Grace: p.Auth.Grace(), Place: at.Place()}
	if at.Shared {
		s, err := session.Open(e, g, &session.SendOptions{Silent: true, NoLearn: true})
		if err != nil {
			return nil, err
		}
		defer s.Close(false)
		login.Place = s.LoginPlace(at)
	}
	state, err := login.State(ctx)
	if err == nil {
		err = state.Err
	}
	if err != nil {
		return nil, err
	}
	return &loginLine{
		Way: state.Way, At: state.At.UTC().Truncate(time.Second), Until: time.Now().Add(state.Left).UTC().Truncate(time.Second),
		Renews: state.Refresh != "", Refreshed: state.Refreshed, Scope: state.Scope, KeyIn: at.Kept,
	}, nil
}

// String says it in a line of the table.
func (l *loginLine) String() string {
	parts := []string{"by " + l.Way + " on " + l.At.Local().Format("2006-01-02 15:04")}
	left := time.Until(l.Until)
	switch {
	case left > 0 && l.Renews:
		parts = append(parts, "token for "+terminal.Span(left)+", then renewed")
	case left > 0:
		parts = append(parts, "ends in "+terminal.Span(left))
	default:
		parts = append(parts, "token renewed when needed")
	}
	return strings.Join(append(parts, "key in "+l.KeyIn), "; ")
}
