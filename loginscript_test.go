package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/arltest"
)

// decideLogin opens the page that a job of `arl auth login` shows, as somebody with a browser would, and presses a
// button there:
//
//	decide job allow|deny
func decideLogin(ts *testscript.TestScript, args []string) {
	j := stageOf(ts).jobs[args[0]]
	shown := regexp.MustCompile(`(?m)open (http://\S+?)\)?$`)
	for end := time.Now().Add(arltest.Patience); ; time.Sleep(10 * time.Millisecond) {
		if found := shown.FindStringSubmatch(j.err.String()); found != nil {
			ts.Check(pressButton(found[1], args[1]))
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s shows no page:\n%s", args[0], j.err.String())
		}
	}
}

// pressButton opens a page of the sandbox's authorization server, presses a button, and goes where that leads.
func pressButton(page, button string) error {
	u, err := url.Parse(page)
	if err != nil {
		return err
	}
	if _, err := arltest.Fetch(page); err != nil {
		return err
	}
	resp, err := http.PostForm(page, url.Values{"decision": {button}, "user_code": {u.Query().Get("user_code")}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s says %s: %s", page, resp.Status, text)
	}
	return err
}
