package arltest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// PressButton opens a page of the sandbox's authorization server, presses a button, and goes where that leads. It returns
// the last URL and what is there.
func PressButton(page, button string) (end, text string, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", "", err
	}
	if _, err := Fetch(page); err != nil {
		return "", "", err
	}
	resp, err := trusting().PostForm(page, url.Values{"decision": {button}, "user_code": {u.Query().Get("user_code")}}) //nolint:noctx // the test's own page
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s returned %s: %s", resp.Request.URL, resp.Status, got)
	}
	return resp.Request.URL.String(), string(got), err
}

// Elsewhere is PressButton in a browser on another machine, which cannot open the page that it ends at: it returns that
// one's URL.
func Elsewhere(page, button string) (string, error) {
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.PostForm(page, url.Values{"decision": {button}}) //nolint:noctx // the test's own page
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	end, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("%s: %s", page, resp.Status)
	}
	return end.String(), nil
}

// browse is a browser with somebody in front of it, for $BROWSER: `browse FILE BUTTON [AS] URL`. What it shows last is
// written to FILE. AS is what an attacker or an accident does:
//
//	forged   before it comes back, the browser is sent to arl with another login's state
//	swapped  the page belongs to a login of somebody else, whose code arl gets
//	script   the server denies it with a description that is HTML
//	fail     the browser cannot be started
func browse(args []string) int {
	file, button, as, page := args[0], args[1], args[2], args[len(args)-1]
	shown, err := visit(button, as, page)
	if err != nil {
		shown += "\n" + err.Error()
	}
	if err := os.WriteFile(file, []byte(shown+"\n"), 0o600); err != nil || as == "fail" {
		return 1
	}
	return 0
}

// look returns the status and the text of a page.
func look(page string) (string, error) {
	resp, err := http.Get(page) //nolint:gosec,noctx // the test's own page
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.Status + "\n" + string(text), err
}

func visit(button, as, page string) (shown string, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	q := u.Query()
	back := q.Get("redirect_uri")
	switch as {
	case "forged":
		if shown, err = look(back + "?code=stolen&state=another"); err != nil {
			return "", err
		}
	case "swapped":
		q.Set("code_challenge", strings.Repeat("A", 43))
		u.RawQuery = q.Encode()
	case "script":
		return look(back + "?" + url.Values{"state": {q.Get("state")}, "iss": {u.Scheme + "://" + u.Host}, "error": {"temporarily_unavailable"}, "error_description": {"<script>alert(1)</script>"}}.Encode())
	case "fail":
		return "", nil
	}
	_, text, err := PressButton(u.String(), button)
	return shown + text, err
}
