package reallimiters

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	records = 20_000                 // more than a run can send
	slack   = 500 * time.Millisecond // a run sends for longer than it is counted: it has to start, and to end
)

// A user is a home directory of arl, with a profile for the limiter. Both runs share it: what was learned, and
// the live state.
type user struct {
	home string
	arl  string // the program
}

func newUser(t *testing.T, arl, url string) user {
	u := user{home: t.TempDir(), arl: arl}
	u.write(t, "config.yaml", fmt.Sprintf("apis:\n  x:\n    base_url: %s\n    initial_rate: 2\n", url))
	var input strings.Builder
	for i := range records {
		input.WriteString("/items?id=" + strconv.Itoa(i) + "\n") // one path: some limit each path by itself
	}
	u.write(t, "in", input.String())
	return u
}

func (u user) path(name string) string { return filepath.Join(u.home, name) }

func (u user) write(t *testing.T, name, text string) {
	if err := os.WriteFile(u.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// env has nothing that another user of arl on this machine set.
func (u user) env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "ARL_") || strings.HasPrefix(v, "XDG_")
	})
	return append(env, "HOME="+u.home, "ARL_CONFIG_DIR="+u.home, "ARL_RUNTIME_DIR="+u.path("live"), "NO_PROXY=*")
}

// A run is what one run of arl sent.
type run struct {
	attempts  []attempt     // as they ended
	explained string        // standard error
	stalled   time.Duration // how long the machine stood still at worst
}

// An attempt is a request that was sent, in the words of arl's log.
type attempt struct {
	Time    time.Time `json:"time"` // its end
	Status  int       `json:"status"`
	Elapsed int64     `json:"elapsed_ms"`
}

// batch runs `arl batch` until its deadline.
func (u user) batch(t *testing.T, lasts time.Duration) run {
	ctx, cancel := context.WithTimeout(t.Context(), lasts+time.Minute) // a run that hangs is killed
	defer cancel()
	name := lasts.String()
	c := exec.CommandContext(ctx, u.arl, "batch", "x", u.path("in"), "--explain", "--deadline", (lasts + slack).String(),
		"--log-json", u.path(name+".log"), "--summary-file", u.path(name+".summary"))
	c.Env = u.env()
	var explained strings.Builder
	c.Stderr = &explained // standard output, the results, is not needed
	end := watchMachine()
	err := c.Run()
	r := run{explained: explained.String(), stalled: end()}
	if _, exited := errors.AsType[*exec.ExitError](err); !exited { // not all records are sent, which is no success
		t.Fatalf("arl batch: %v, want an exit code other than 0\n%s", err, r.explained)
	}
	r.read(t, u.path(name+".log"))
	r.compare(t, u.path(name+".summary"))
	return r
}

// read reads the log of attempts.
func (r *run) read(t *testing.T, path string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.explained)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var a attempt
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		r.attempts = append(r.attempts, a)
	}
	if len(r.attempts) == 0 {
		t.Fatalf("nothing was sent:\n%s", r.explained)
	}
}

// compare compares the log with the summary of the same run, which comes from the results.
func (r *run) compare(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var summary struct {
		OK       int    `json:"ok"`
		Attempts int    `json:"attempts"`
		Stopped  string `json:"stopped"`
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	accepted, throttled := r.count(time.Hour)
	if accepted != summary.OK || len(r.attempts) != summary.Attempts {
		t.Errorf("the log has %d attempts, %d accepted, and the summary %d and %d", len(r.attempts), accepted, summary.Attempts, summary.OK)
	}
	// A server may close a connection that a request is just being written to.
	if others := len(r.attempts) - accepted - throttled; others > 1+len(r.attempts)/100 {
		t.Errorf("%d attempts were neither accepted nor throttled:\n%s", others, r.explained)
	}
	if !strings.Contains(summary.Stopped, "deadline") {
		t.Errorf("the run ended before its deadline: %q\n%s", summary.Stopped, r.explained)
	}
}

// began is when the first request was sent.
func (r *run) began() time.Time {
	first := r.attempts[0]
	return first.Time.Add(-time.Duration(first.Elapsed) * time.Millisecond)
}

// count counts the requests that had a response by then, from the first request on.
func (r *run) count(within time.Duration) (accepted, throttled int) {
	end := r.began().Add(within)
	for _, a := range r.attempts {
		switch {
		case a.Time.After(end):
		case a.Status == http.StatusOK:
			accepted++
		case a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable:
			throttled++
		}
	}
	return accepted, throttled
}

// accepted counts from one moment to another.
func (r *run) accepted(from, to time.Duration) float64 {
	before, _ := r.count(from)
	all, _ := r.count(to)
	return float64(all - before)
}
