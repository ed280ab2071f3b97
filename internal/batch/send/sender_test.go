package send

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

// diary keeps notes in memory.
type diary struct {
	mu    sync.Mutex
	lines []string
	err   error
	stop  func() // called when a note fails
}

func (d *diary) Note(_ context.Context, r *batch.Request) error {
	d.write("note " + r.Path)
	if d.err != nil {
		d.stop()
	}
	return d.err
}

func (d *diary) Accept(_ context.Context, r *batch.Request, j *batch.Job) error {
	d.write("accept " + r.Path + " " + j.URL)
	return nil
}

func (d *diary) Settle(r *batch.Request) { d.write("settle " + r.Path) }

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// senderTo is a sender to a handler, with a circuit and a rate that does not matter.
func senderTo(handler http.Handler, notes Notes, change func(*config.Profile)) *Sender {
	rate, burst := 1000.0, 100
	p := &config.Profile{Name: "x", BaseURL: "http://x.example", Pace: config.Pace{InitialRate: &rate, Burst: &burst}}
	if change != nil {
		change(p)
	}
	s := &Sender{Options: &fetch.Options{Retry: 3}, Notes: notes}
	s.Dial = func(_ string, cfg apiclient.Config) (*apiclient.Client, error) {
		if cfg.Circuit, cfg.Anonymous = p.Circuit(), true; cfg.Limiter == nil {
			cfg.Limiter = limiter.New(limiter.Config{})
		}
		cfg.Base = s.Noted(sandbox.Transport(handler), p)
		return apiclient.New(p, cfg)
	}
	return s
}

// run runs records through a sender.
func run(t *testing.T, s *Sender, drain <-chan struct{}, records ...string) (batch.Summary, string, error) {
	t.Helper()
	var out strings.Builder
	sum, err := batch.New(batch.Config{
		Inputs: []record.Input{{Name: "in", Reader: strings.NewReader(strings.Join(records, "\n"))}},
		Output: &out, Sender: s, API: "x", Ordered: true, Known: resume.NewKnown(),
	}).Run(t.Context(), drain)
	return sum, out.String(), err
}

// Ten minutes of 503 are waited for: every GET is ok, every POST was sent once, and one request at a
// time has looked whether it is over.
func TestTenMinutesOfOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		seen, throttled := map[string]int{}, 0
		var mu sync.Mutex
		s := senderTo(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen[r.Method+" "+r.URL.Path]++
			if time.Since(start) < 10*time.Minute {
				throttled++
				http.Error(w, "down", http.StatusServiceUnavailable)
				return
			}
			_, _ = io.WriteString(w, "{}")
		}), nil, nil)
		var records []string
		for i := range 500 {
			records = append(records, fmt.Sprintf("/get/%d", i), fmt.Sprintf(`{"path":"/post/%d","body":""}`, i))
		}
		sum, _, err := run(t, s, nil, records...)
		if err != nil || sum.Failed+sum.NotSent != 0 || sum.OK+sum.Unknown != 1000 {
			t.Errorf("%+v, %v", sum, err)
		}
		if sum.Elapsed < 10*time.Minute || sum.Elapsed > 15*time.Minute {
			t.Errorf("took %s", sum.Elapsed)
		}
		for record, n := range seen {
			if strings.HasPrefix(record, "POST") && n != 1 {
				t.Errorf("%s: sent %d times", record, n)
			}
		}
		if throttled > 300 || sum.Unknown > 100 {
			t.Errorf("%d requests were throttled, %d are unknown", throttled, sum.Unknown)
		}
		t.Logf("%s, %d throttled, %d unknown", sum.Elapsed, throttled, sum.Unknown)
	})
}

// Only what must not be sent twice is noted, once, and after all waiting; what was throttled or never
// written is taken back.
func TestNotes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		asked := map[string]int{}
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked[r.URL.Path]++
			switch {
			case r.URL.Path == "/throttled" && asked[r.URL.Path] == 1:
				d.write("throttle " + r.URL.Path)
				w.Header().Set("Retry-After", "5")
				w.WriteHeader(http.StatusTooManyRequests)
			case r.URL.Path == "/broken":
				w.WriteHeader(http.StatusInternalServerError)
			default:
				d.write("serve " + r.URL.Path)
			}
		})
		for _, record := range []string{
			"/get", `{"method":"PUT","path":"/put"}`, `{"path":"/search","body":"x"}`,
			`{"path":"/keyed","body":"x","headers":{"Idempotency-Key":"k"}}`,
			`{"path":"/post","body":"x"}`, `{"method":"PATCH","path":"/throttled"}`, `{"path":"/broken","body":"x"}`,
		} {
			s := senderTo(handler, d, func(p *config.Profile) { p.IdempotentPosts = []string{"/search"} })
			if sum, out, err := run(t, s, nil, record); err != nil || sum.NotSent > 0 {
				t.Errorf("%+v, %v\n%s", sum, err, out)
			}
		}
		want := []string{
			"serve /get", "serve /put", "serve /search", "serve /keyed",
			"note /post", "serve /post",
			"note /throttled", "throttle /throttled", "settle /throttled", "note /throttled", "serve /throttled",
			"note /broken",
		}
		if diff := cmp.Diff(want, d.lines); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// What cannot be noted is not sent, and neither failed nor unknown.
func TestWhatCannotBeNotedIsNotSent(t *testing.T) {
	t.Parallel()
	drain := make(chan struct{})
	d := &diary{err: errors.New("no space left"), stop: sync.OnceFunc(func() { close(drain) })}
	s := senderTo(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("it was sent")
	}), d, nil)
	sum, out, err := run(t, s, drain, `{"path":"/post","body":"x"}`)
	if !errors.Is(err, batch.StopAsked) || sum.NotSent != 1 || out != "" {
		t.Errorf("%+v, %v, %q", sum, err, out)
	}
}

// The second Ctrl-C does not wait for answers: what was sent is unknown, and what was not is not.
func TestBrokenOffIsUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		s := senderTo(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}), d, nil)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		sum, err := batch.New(batch.Config{
			Inputs: []record.Input{{Name: "in", Reader: strings.NewReader("{\"path\":\"/post\",\"body\":\"x\"}\n/get")}},
			Output: io.Discard, Sender: s, API: "x",
		}).Run(ctx, nil)
		if !errors.Is(err, context.Canceled) || sum.Unknown != 1 || sum.NotSent != 1 {
			t.Errorf("%+v, %v", sum, err)
		}
		if diff := cmp.Diff([]string{"note /post"}, d.lines); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// A key of idempotency is the same for a record in every attempt and resume of a run, wherever its
// line is, and another one for its twin and in the next run.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	r := batch.Request{Request: record.Request{ID: []byte("1"), Line: 1, Occurrence: 1}}
	same, twin, other := r, r, r
	same.Line, same.Input = 7, "another file"
	twin.Occurrence = 2
	other.ID = []byte("2")
	key := idempotencyKey("run", &r)
	if idempotencyKey("run", &same) != key {
		t.Error("the key depends on the line")
	}
	uncounted, next := r, r
	uncounted.Occurrence, next.Occurrence, next.Line = 0, 0, 2
	keys := map[string]bool{key: true}
	for _, k := range []string{
		idempotencyKey("run", &twin), idempotencyKey("run", &other), idempotencyKey("next run", &r),
		idempotencyKey("run", &uncounted), idempotencyKey("run", &next),
	} {
		if keys[k] {
			t.Errorf("%s is there twice", k)
		}
		keys[k] = true
	}
}
