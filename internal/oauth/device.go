package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/config"
)

// A DeviceCode is what somebody logs in with on another device (RFC 8628).
type DeviceCode struct {
	URL         string // where the user's code is entered
	CompleteURL string // the same with the code in it; empty if the server has none
	UserCode    string
	Life        time.Duration // of the code

	code     string
	interval time.Duration
	got      time.Time
}

const (
	// deviceGrant is the grant_type of a device code.
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
	// defaultInterval is the time between polls, and what a server adds to it that asks to slow down.
	defaultInterval = 5 * time.Second
	// defaultCodeLife is how long a code counts whose server does not say.
	defaultCodeLife = 15 * time.Minute
	// longestInterval bounds what a server asks for.
	longestInterval = 5 * time.Minute
)

// Why nobody has logged in.
var (
	ErrDenied  = errors.New("access was denied")
	ErrExpired = errors.New("the code expired before it was used")
)

// DeviceCode asks for a code.
func (c *Client) DeviceCode(ctx context.Context, deviceURL string, form url.Values) (DeviceCode, error) {
	got := time.Now()
	text, err := c.post(ctx, deviceURL, form)
	if err != nil {
		return DeviceCode{}, err
	}
	d, err := readDeviceCode(text)
	d.got = got
	if err != nil {
		return DeviceCode{}, fmt.Errorf("%s: %w", deviceURL, err)
	}
	return d, nil
}

// readDeviceCode reads a response, whose times servers write as numbers or as strings.
func readDeviceCode(text []byte) (DeviceCode, error) {
	var r struct {
		Code         string `json:"device_code"`
		UserCode     string `json:"user_code"`
		URI          string `json:"verification_uri"`
		URL          string `json:"verification_url"` // from before the RFC
		CompleteURI  string `json:"verification_uri_complete"`
		ExpiresIn    any    `json:"expires_in"`
		PollInterval any    `json:"interval"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return DeviceCode{}, fmt.Errorf("the response is not a JSON object: %w", err)
	}
	d := DeviceCode{
		URL: cmp.Or(r.URI, r.URL), CompleteURL: r.CompleteURI, UserCode: r.UserCode, code: r.Code,
		Life: seconds(r.ExpiresIn, defaultCodeLife), interval: min(seconds(r.PollInterval, defaultInterval), longestInterval),
	}
	switch {
	case d.code == "" || d.UserCode == "" || config.IndexControl(d.code+d.UserCode) >= 0:
		return d, errors.New("the response contains no code")
	case !webPage(d.URL) || d.CompleteURL != "" && !webPage(d.CompleteURL):
		return d, errors.New("the response has no login page (verification_uri)")
	}
	return d, nil
}

// webPage reports whether a URL is one to show somebody, and to open in a browser.
func webPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && config.IndexControl(s) < 0
}

// seconds is a time in JSON, a number or a string; or that one, if it is none.
func seconds(v any, otherwise time.Duration) time.Duration {
	n, ok := v.(float64)
	if text, quoted := v.(string); quoted {
		var err error
		n, err = strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	if !ok || !(n > 0) {
		return otherwise
	}
	return time.Duration(min(n, maxSeconds) * float64(time.Second))
}

// maxSeconds is more than any code or token counts.
const maxSeconds = 1e9

// AwaitDevice asks for the token until somebody has logged in with the code, or has said no, or the code has expired.
func (c *Client) AwaitDevice(ctx context.Context, tokenURL string, d DeviceCode) (Token, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, d.got.Add(d.Life), ErrExpired)
	defer cancel()
	for pause := d.interval; ; {
		select {
		case <-ctx.Done():
			return Token{}, context.Cause(ctx)
		case <-time.After(pause):
		}
		t, err := c.Token(ctx, tokenURL, url.Values{"grant_type": {deviceGrant}, "device_code": {d.code}})
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		if pause, err = afterPoll(pause, err); err != nil {
			return Token{}, err
		}
	}
}

// afterPoll is how long to wait before the next poll, or why there is none (RFC 8628, section 3.5).
func afterPoll(pause time.Duration, err error) (time.Duration, error) {
	denied, ok := errors.AsType[*ResponseError](err)
	if !ok {
		return 0, err
	}
	switch denied.Code {
	case "authorization_pending":
		return pause, nil
	case "slow_down":
		return min(pause+defaultInterval, longestInterval), nil
	case "access_denied":
		return 0, ErrDenied
	case "expired_token":
		return 0, ErrExpired
	}
	return 0, err
}
