package session

import (
	"encoding/json"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/explain"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// AttemptLog tells of attempts: in words for --explain, as JSON lines for --log-json.
type AttemptLog struct {
	messages  *Messages
	Throttled atomic.Int64 // throttled attempts so far

	plot  sync.Mutex     // guards story, and keeps its lines in order: held while they are written
	story *explain.Story // nil without --explain

	mu   sync.Mutex
	log  io.Writer
	file *os.File
}

func newAttemptLog(e *cli.Env, o *SendOptions, n *Messages) (*AttemptLog, error) {
	t := &AttemptLog{messages: n}
	if o.Explain {
		t.story = explain.New(time.Now())
	}
	switch o.LogJSON {
	case "":
	case "-":
		t.log = e.Err
	default:
		file, err := os.OpenFile(o.LogJSON, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, cli.Usagef("", "open the log: %v", err)
		}
		t.log, t.file = terminal.FileStream(file, e.Secrets.Redact), file
	}
	return t, nil
}

func (t *AttemptLog) close() {
	if t.file != nil {
		if err := t.file.Close(); err != nil {
			t.messages.Warn("close the log: " + err.Error())
		}
	}
}

// attempt is limiter.Transport's OnAttempt.
func (t *AttemptLog) attempt(a limiter.Attempt) {
	if a.Signal.Kind == limiter.Throttled {
		t.Throttled.Add(1)
	}
	if a.Number > 0 { // else a cache has answered
		t.tell(func(s *explain.Story, now time.Time) []string { return s.Attempt(now, &a) })
	}
	if t.log != nil {
		t.write(logLine(a, time.Now()))
	}
}

// Each tells of every attempt, as is right for one request.
func (t *AttemptLog) Each() {
	if t.story != nil {
		t.story.Each = true
	}
}

// tell writes what an event adds to the story.
func (t *AttemptLog) tell(event func(s *explain.Story, now time.Time) []string) {
	if t.story == nil {
		return
	}
	t.plot.Lock()
	defer t.plot.Unlock()
	for _, line := range event(t.story, time.Now()) {
		t.messages.Say("%s", line)
	}
}

func (t *AttemptLog) write(line attemptLine) {
	b, err := json.Marshal(line)
	if err != nil {
		return // only strings and numbers
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.log.Write(append(b, '\n')); err != nil {
		t.log = io.Discard
		t.messages.Warn("the log ends here: " + err.Error())
	}
}

// attemptLine is one attempt in --log-json.
type attemptLine struct {
	Time      time.Time `json:"time"`
	API       string    `json:"api"`
	Key       string    `json:"key"`
	Tenant    string    `json:"tenant,omitempty"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Attempt   int       `json:"attempt"`
	Status    int       `json:"status,omitempty"`
	WaitedMS  int64     `json:"waited_ms"`
	ElapsedMS int64     `json:"elapsed_ms"`
	Rate      float64   `json:"rate"`
	Throttled bool      `json:"throttled,omitempty"`
	PauseMS   int64     `json:"pause_ms,omitempty"`
	Source    string    `json:"source,omitempty"`
	Ignored   string    `json:"ignored,omitempty"`
	Phase     string    `json:"phase,omitempty"`
	Limiter   string    `json:"limiter,omitempty"`
	Cache     string    `json:"cache,omitempty"`
	Error     string    `json:"error,omitempty"`
}

func logLine(a limiter.Attempt, now time.Time) attemptLine {
	line := attemptLine{
		Time: now.UTC(), API: a.API, Key: a.Key, Tenant: a.Tenant, Method: a.Method, Path: a.Path,
		Attempt: a.Number, Status: a.Status, WaitedMS: a.Waited.Milliseconds(), ElapsedMS: a.Elapsed.Milliseconds(),
		Rate: a.Verdict.Rate, Throttled: a.Signal.Kind == limiter.Throttled,
		PauseMS: a.Verdict.Paused.Milliseconds(), Source: a.Signal.Source, Ignored: a.Signal.Ignored,
		Phase: a.Verdict.Insight.Phase.String(), Limiter: a.Verdict.Insight.Kind.String(), Cache: a.Cache,
	}
	if a.Err != nil {
		line.Error = a.Err.Error()
	}
	return line
}
