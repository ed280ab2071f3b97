package reallogins

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
)

// asBrowser makes this program the browser that $BROWSER names, with somebody in front of it.
const asBrowser = "REALLOGINS_BROWSER"

func TestMain(m *testing.M) {
	if what := os.Getenv(asBrowser); what != "" && len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "http://") {
		if err := logIn(what, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// logIn opens a page of the authorization server, logs in there, and goes where that leads. If what is "swapped", the page
// is that of a login which somebody else has begun.
func logIn(what, page string) error {
	u, err := url.Parse(page)
	if err != nil {
		return err
	}
	if what == "swapped" {
		q := u.Query()
		q.Set("code_challenge", strings.Repeat("A", 43))
		u.RawQuery = q.Encode()
	}
	resp, err := http.Get(u.String())
	if err != nil {
		return err
	}
	resp.Body.Close()
	at := resp.Request.URL // the login page
	resp, err = http.PostForm(at.String(), url.Values{"id": {at.Query().Get("authRequestID")}, "username": {user}, "password": {password}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && !strings.Contains(string(text), "You can close this window") {
		err = errors.New(resp.Status + ": " + string(text))
	}
	return err
}

// enter enters a code of another device, and presses a button.
func enter(t *testing.T, s *server, code, action string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Jar: jar}
	resp, err := c.PostForm(s.URL+"/device/login", url.Values{"user_code": {code}, "username": {user}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	resp, err = c.Get(s.URL + "/device/confirm?action=" + action)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the page says %s", resp.Status)
	}
}
