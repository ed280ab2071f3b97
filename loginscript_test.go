package main

import (
	"io"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/arltest"
)

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
	shown := regexp.MustCompile(`(?m)(?:^|open )(http://\S+?)\)?$`)
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
