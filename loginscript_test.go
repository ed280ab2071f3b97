package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/arltest"
)

// startLogins serves an [arltest.Logins] until the script ends, and puts its URL into a variable. With tls its certificate
// is in VAR.pem; LIFE is how long an access token lasts, an hour without it:
//
//	logins VAR [tls] [LIFE]
func startLogins(ts *testscript.TestScript, args []string) {
	var life time.Duration
	withTLS := slices.Contains(args, "tls")
	if last := args[len(args)-1]; len(args) > 1 && last != "tls" {
		var err error
		life, err = time.ParseDuration(last)
		ts.Check(err)
	}
	l, err := arltest.NewLogins(life, withTLS)
	ts.Check(err)
	ts.Defer(func() {
		l.CloseClientConnections()
		l.Close()
	})
	h := stageOf(ts).heard
	h.logins = append(h.logins, l)
	if withTLS {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), l.Certificate, 0o600))
	}
	setURL(ts, args[0], l.URL)
}

// revokeLogins ends every login at the sandbox's authorization server:
//
//	revoke URL
func revokeLogins(ts *testscript.TestScript, args []string) {
	req, err := http.NewRequest(http.MethodDelete, args[0]+"/oauth/logins", http.NoBody)
	ts.Check(err)
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s", resp.Status)
	}
}

// decideLogin opens the last page that a job of `arl auth login` shows, as somebody with a browser would, and presses a
// button there:
//
//	decide job allow|deny
func decideLogin(ts *testscript.TestScript, args []string) {
	_, _, err := arltest.PressButton(shownPage(ts, args[0]), args[1])
	ts.Check(err)
}

// shownPage waits until a job of `arl auth login` shows a page.
func shownPage(ts *testscript.TestScript, name string) string {
	j := stageOf(ts).jobs[name]
	shown := regexp.MustCompile(`(?m)(?:^|open )(https?://\S+?)\)?$`)
	for end := time.Now().Add(arltest.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if found := shown.FindStringSubmatch(j.err.String()); found != nil {
			return found[1]
		}
	}
	ts.Fatalf("%s shows no page:\n%s", name, j.err.String())
	return ""
}

// pasteURL writes a URL to the standard input of a job of `arl auth login`: this one, or that which a browser elsewhere
// ends at once somebody has pressed a button:
//
//	paste job allow|deny|url
func pasteURL(ts *testscript.TestScript, args []string) {
	end := args[1]
	if end == "allow" || end == "deny" {
		var err error
		end, err = arltest.Elsewhere(shownPage(ts, args[0]), end)
		ts.Check(err)
	}
	_, err := io.WriteString(stageOf(ts).jobs[args[0]].in, end+"\n")
	ts.Check(err)
}
