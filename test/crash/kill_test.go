//go:build unix

package crash_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kills is how often a run is killed.
const kills = 50

// TestKilled kills a batch with SIGKILL at random moments, takes it up again and again, and then holds
// what its output says against what the server has seen. Run it with -seed to see the same moments.
func TestKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	seed := flag.Lookup("seed").Value.(flag.Getter).Get().(uint64)
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: go test ./test/crash -run TestKilled -seed %d", seed)
		}
	})
	v := newVictim(t, rand.New(rand.NewPCG(seed, 0)))
	for range kills {
		v.killOnce()
	}
	for range 20 {
		if code := v.run("--resume"); code == 3 || code > 1 {
			t.Fatalf("exit code %d\n%s", code, v.said.String())
		}
		if s := v.summary(); s.Failed+s.NotSent == 0 {
			break
		}
	}
	unknown := v.check(1)
	if code := v.run("--resume", "--resend-unknown"); code != 0 {
		t.Errorf("exit code %d\n%s", code, v.said.String())
	}
	if left := v.check(2); len(left) != 0 {
		t.Errorf("still unknown: %v", left)
	}
	v.server.onlyTwice(t, unknown)
	t.Logf("%d of %d kills hit, %d tore a result; %d of %d records were unknown", v.hit, kills, v.torn, len(unknown), len(v.records))
	if v.hit < kills*3/4 {
		t.Errorf("only %d kills hit", v.hit)
	}
}

// A victim is a batch that is killed.
type victim struct {
	t       *testing.T
	rand    *rand.Rand
	server  *counting
	dir     string
	records []string // as they are sent: method and path
	said    bytes.Buffer
	hit     int // kills that came before the end
	torn    int // and left a part of a result
}

func newVictim(t *testing.T, r *rand.Rand) *victim {
	v := &victim{t: t, rand: r, server: &counting{seen: map[string]int{}, keys: map[string]string{}}, dir: t.TempDir()}
	server := httptest.NewServer(v.server)
	t.Cleanup(server.Close)
	config := filepath.Join(v.dir, ".config", "arl")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	profile := "    base_url: " + server.URL + "\n    initial_rate: 3000\n    burst: 50\n"
	v.write(filepath.Join(".config", "arl", "config.yaml"), "apis:\n"+
		"  s:\n"+profile+"    idempotent_posts: [/search/*]\n"+
		"  keyed:\n"+profile+"    idempotency_header: X-Key\n")
	v.write("in.ndjson", v.input(2500))
	return v
}

func (v *victim) write(name, text string) {
	if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// input makes records of all kinds: with and without an id, equal ones, ones that fail once.
func (v *victim) input(n int) string {
	var b strings.Builder
	for i := range n {
		method, path := "GET", fmt.Sprintf("/page/%d", i)
		switch v.rand.IntN(10) {
		case 0, 1, 2:
			method, path = "POST", fmt.Sprintf("/ticket/%d", i)
			fmt.Fprintf(&b, "{\"id\":\"t%d\",\"path\":%q,\"json\":{\"n\":%d}}\n", i, path, i)
		case 3:
			method, path = "POST", "/same"
			fmt.Fprintf(&b, "{\"path\":%q,\"body\":\"x\"}\n", path)
		case 4:
			method, path = "POST", fmt.Sprintf("/search/%d", i)
			fmt.Fprintf(&b, "{\"path\":%q,\"body\":\"%s\"}\n", path, strings.Repeat("q", v.rand.IntN(20_000)))
		case 5:
			path = "/twins"
			fmt.Fprintf(&b, "{\"id\":\"twin\",\"path\":%q}\n", path)
		case 6:
			path = fmt.Sprintf("/fails/%d", i)
			fmt.Fprintf(&b, "{\"id\":%d,\"path\":%q}\n", i, path)
		case 7:
			method, path = "POST", fmt.Sprintf("/keyed/%d", i)
			fmt.Fprintf(&b, "{\"api\":\"keyed\",\"path\":%q,\"body\":\"\"}\n", path)
		default:
			fmt.Fprintln(&b, path)
		}
		v.records = append(v.records, method+" "+path)
	}
	return b.String()
}

func (v *victim) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("arl") // TestMain has put it into PATH
	if err != nil {
		v.t.Fatal(err)
	}
	c := exec.Command(path, append([]string{
		"batch", "s", "in.ndjson", "-o", "out.ndjson", "--summary-file", "sum.json", "--concurrency", "16", // a later -o counts
	}, args...)...)
	c.Dir = v.dir
	c.Env = append(os.Environ(), "HOME="+v.dir, "GORACE=atexit_sleep_ms=0")
	v.said.Reset()
	c.Stderr = &v.said
	return c
}

// killOnce starts a run and kills it: soon, or after some requests and a little more.
func (v *victim) killOnce() {
	c := v.command("--resume")
	before := v.server.total.Load()
	if err := c.Start(); err != nil {
		v.t.Fatal(err)
	}
	requests := int64(v.rand.IntN(50))
	if v.rand.IntN(5) == 0 {
		requests = 0
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end) && v.server.total.Load() < before+requests; {
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(time.Duration(v.rand.IntN(8000)) * time.Microsecond)
	_ = c.Process.Kill()
	err := c.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 1 {
		v.t.Fatalf("it ended by itself: %v\n%s", err, v.said.String())
	} else if ok && exit.ExitCode() == -1 {
		v.hit++
	}
	if out, err := os.ReadFile(filepath.Join(v.dir, "out.ndjson")); err == nil && len(out) > 0 && out[len(out)-1] != '\n' {
		v.torn++
	}
}

// run runs the batch to its end and returns the exit code.
func (v *victim) run(args ...string) int {
	c := v.command(args...)
	err := c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return 0
}

type books struct {
	Read, OK, Failed, Unknown int
	Before                    int `json:"done_before"`
	NotSent                   int `json:"not_sent"`
	Complete                  bool
}

// summary returns the books of the last run, which have to balance.
func (v *victim) summary() (s books) {
	text, err := os.ReadFile(filepath.Join(v.dir, "sum.json"))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || !s.Complete || s.Read != len(v.records) || s.Read != s.Before+s.OK+s.Failed+s.Unknown+s.NotSent {
		v.t.Fatalf("%s, %v", text, err)
	}
	return s
}

// check looks at the output: one result for every record, and what is idempotent is ok. It returns
// the records that are unknown. No POST may have reached the server more often than most times its
// records.
func (v *victim) check(most int) (unknown map[string]int) {
	want, ok := map[string]int{}, map[string]int{}
	unknown = map[string]int{}
	for _, record := range v.records {
		want[record]++
	}
	for _, r := range v.results() {
		record := r.Method + " " + r.Path
		switch {
		case r.OK:
			ok[record]++
		case r.Error.Kind == "unknown" && unsafe(record):
			unknown[record]++
		default:
			v.t.Errorf("%s is %s", record, r.Error.Kind)
		}
	}
	for record, n := range want {
		if ok[record]+unknown[record] != n {
			v.t.Errorf("%s: %d results ok, %d unknown, want %d", record, ok[record], unknown[record], n)
		}
		if seen := v.server.count(record); unsafe(record) && (seen > most*n || seen < ok[record]) {
			v.t.Errorf("%s: the server has seen %d, there are %d; %d ok", record, seen, n, ok[record])
		}
	}
	return unknown
}

// unsafe reports whether a record must not be sent twice.
func unsafe(record string) bool {
	return strings.HasPrefix(record, "POST /ticket") || strings.HasPrefix(record, "POST /same")
}

type resultLine struct {
	Method, Path string
	OK           bool
	Error        struct{ Kind string }
}

func (v *victim) results() (all []resultLine) {
	text, err := os.ReadFile(filepath.Join(v.dir, "out.ndjson"))
	if err != nil {
		v.t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r resultLine
		if err := json.Unmarshal(line, &r); err != nil {
			v.t.Fatalf("%.200q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// counting is a server that takes a little time and counts.
type counting struct {
	total atomic.Int64
	mu    sync.Mutex
	seen  map[string]int    // by method and path
	keys  map[string]string // of idempotency, by path
	wrong []string          // paths with several
}

// ServeHTTP implements http.Handler. It counts what it has got whole.
func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	record := r.Method + " " + r.URL.Path
	c.mu.Lock()
	c.seen[record]++
	times := c.seen[record]
	if key := r.Header.Get("X-Key"); strings.HasPrefix(r.URL.Path, "/keyed/") {
		if first, ok := c.keys[r.URL.Path]; key == "" || ok && first != key {
			c.wrong = append(c.wrong, r.URL.Path)
		}
		c.keys[r.URL.Path] = key
	}
	c.mu.Unlock()
	c.total.Add(1)
	time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
	if strings.HasPrefix(r.URL.Path, "/fails/") && times == 1 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"times":%d}`, times)
}

func (c *counting) count(record string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[record]
}

// onlyTwice checks that what reached the server more than once was unknown.
func (c *counting) onlyTwice(t *testing.T, unknown map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) > 0 {
		t.Errorf("several keys of idempotency: %q", c.wrong)
	}
	for record, seen := range c.seen {
		if record == "POST /same" {
			continue
		}
		if unsafe(record) && seen > 1+unknown[record] {
			t.Errorf("%s: the server has seen %d, and %d were unknown", record, seen, unknown[record])
		}
	}
}
