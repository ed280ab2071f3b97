package oauth

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// A deviceServer gives a code, and answers polls with these errors, one after another; then with a token.
type deviceServer struct {
	code   string   // the response with the code
	errors []string // of polls
	status int      // of responses with an error; 0 means 400
	polls  []time.Duration
	start  time.Time
}

// RoundTrip implements http.RoundTripper.
func (s *deviceServer) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	if req.URL.Path == "/device" {
		s.start = time.Now()
		_, _ = io.WriteString(w, s.code)
		return w.Result(), nil
	}
	s.polls = append(s.polls, time.Since(s.start))
	if len(s.errors) == 0 {
		_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer"}`)
		return w.Result(), nil
	}
	now := s.errors[0]
	s.errors = s.errors[1:]
	w.WriteHeader(cmp.Or(s.status, http.StatusBadRequest))
	_, _ = io.WriteString(w, `{"error":"`+now+`"}`)
	return w.Result(), nil
}

// byDevice logs in at the server, in virtual time.
func (s *deviceServer) byDevice(ctx context.Context) (Token, error) {
	c := &Client{ID: "p", Send: s}
	code, err := c.DeviceCode(ctx, testIssuer+"/device", url.Values{})
	if err != nil {
		return Token{}, err
	}
	return c.AwaitDevice(ctx, testIssuer+"/token", code)
}

const (
	pending = "authorization_pending"
	slow    = "slow_down"
)

// The polls keep to the interval that the server asks for (RFC 8628, section 3.5).
func TestAwaitDevice(t *testing.T) {
	t.Parallel()
	const begin = `{"device_code":"d","user_code":"u","verification_uri":"https://a.example/"`
	s := func(n ...int) (out []time.Duration) {
		for _, n := range n {
			out = append(out, time.Duration(n)*time.Second)
		}
		return out
	}
	for _, c := range []struct {
		name, code string
		errors     []string
		polls      []time.Duration
		err        error
		status     int
	}{
		{"at once", begin + `,"interval":2}`, nil, s(2), nil, 0},
		{"no interval", begin + `}`, []string{pending}, s(5, 10), nil, 0},
		{"pending", begin + `,"interval":2}`, []string{pending, pending}, s(2, 4, 6), nil, 0},
		{"slower from then on", begin + `,"interval":"2"}`, []string{pending, slow, pending, slow}, s(2, 4, 11, 18, 30), nil, 0},
		{"errors with status 200, as GitHub has them", begin + `,"interval":2}`, []string{pending, slow}, s(2, 4, 11), nil, http.StatusOK},
		{"denied", begin + `,"interval":2}`, []string{pending, "access_denied"}, s(2, 4), ErrDenied, 0},
		{"expired at the server", begin + `,"interval":2}`, []string{"expired_token"}, s(2), ErrExpired, 0},
		{"expired here", begin + `,"interval":2,"expires_in":5}`, []string{pending, pending, pending}, s(2, 4), ErrExpired, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &deviceServer{code: c.code, errors: c.errors, status: c.status}
				token, err := server.byDevice(t.Context())
				if !errors.Is(err, c.err) || (c.err == nil) != (token.Access == "a") {
					t.Errorf("got %+v, %v, want %v", token, err, c.err)
				}
				if len(server.polls) != len(c.polls) {
					t.Fatalf("polls after %v, want %v", server.polls, c.polls)
				}
				for i, at := range server.polls {
					if at != c.polls[i] {
						t.Errorf("polls after %v, want %v", server.polls, c.polls)
					}
				}
			})
		})
	}
}

// Whatever else the server says ends the login, with what it said.
func TestAwaitDeviceRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &deviceServer{code: `{"device_code":"d","user_code":"u","verification_uri":"https://a.example/"}`, errors: []string{"invalid_client"}}
		_, err := server.byDevice(t.Context())
		if denied, ok := errors.AsType[*ResponseError](err); !ok || denied.Code != "invalid_client" || len(server.polls) != 1 {
			t.Errorf("got %v after %d polls", err, len(server.polls))
		}
	})
}

func TestReadDeviceCode(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`no JSON`, `{}`,
		`{"device_code":"d","user_code":"u"}`,
		`{"device_code":"d","user_code":"u","verification_uri":"javascript:alert(1)"}`,
		`{"device_code":"d","user_code":"u\u001b[2J","verification_uri":"https://a.example"}`,
		`{"device_code":"d","user_code":"u","verification_uri":"https://a.example","verification_uri_complete":"file:///etc/passwd"}`,
	} {
		if d, err := readDeviceCode([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, d)
		}
	}
	d, err := readDeviceCode([]byte(`{"device_code":"d","user_code":"u","verification_url":"https://a.example","interval":1e9,"expires_in":"60"}`))
	if err != nil || d.URL != "https://a.example" || d.Life != time.Minute || d.interval != longestInterval {
		t.Errorf("got %+v, %v", d, err)
	}
}
