package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/ui"
	"github.com/arl-cli/arl/pkg/limiter"
)

// teller tells of attempts: in words for --explain, as JSON lines for --log-json.
type teller struct {
	notes   *notes
	explain bool
	refused atomic.Int64 // throttled attempts so far
	mu      sync.Mutex
	log     io.Writer
	file    *os.File
}

func newTeller(e *env, o *sendOptions, n *notes) (*teller, error) {
	t := &teller{notes: n, explain: o.Explain}
	switch o.LogJSON {
	case "":
	case "-":
		t.log = e.Err
	default:
		file, err := os.OpenFile(o.LogJSON, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, usagef("", "open the log: %v", err)
		}
		t.log, t.file = file, file
	}
	return t, nil
}

func (t *teller) close() {
	if t.file != nil {
		if err := t.file.Close(); err != nil {
			t.notes.warn("close the log: " + err.Error())
		}
	}
}

// attempt is limiter.Transport's OnAttempt.
func (t *teller) attempt(a limiter.Attempt) {
	if a.Signal.Kind == limiter.Throttled {
		t.refused.Add(1)
	}
	if t.explain {
		t.notes.say("%s", explainAttempt(a))
	}
	if t.log != nil {
		t.write(logLine(a, time.Now()))
	}
}

func (t *teller) write(line attemptLine) {
	b, err := json.Marshal(line)
	if err != nil {
		return // only strings and numbers
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.log.Write(append(b, '\n')); err != nil {
		t.log = io.Discard
		t.notes.warn("the log ends here: " + err.Error())
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
	Error     string    `json:"error,omitempty"`
}

func logLine(a limiter.Attempt, now time.Time) attemptLine {
	line := attemptLine{
		Time: now.UTC(), API: a.API, Key: a.Key, Tenant: a.Tenant, Method: a.Method, Path: a.Path,
		Attempt: a.Number, Status: a.Status, WaitedMS: a.Waited.Milliseconds(), ElapsedMS: a.Elapsed.Milliseconds(),
		Rate: a.Verdict.Rate, Throttled: a.Signal.Kind == limiter.Throttled,
		PauseMS: a.Verdict.Paused.Milliseconds(), Source: a.Signal.Source,
	}
	if a.Err != nil {
		line.Error = a.Err.Error()
	}
	return line
}

// explainAttempt says in words what an attempt cost and what it taught.
func explainAttempt(a limiter.Attempt) string {
	text := fmt.Sprintf("%s: %s %s", a.Key, a.Method, a.Path)
	if a.Waited >= time.Millisecond {
		text += fmt.Sprintf(" waited %s for %s,", ui.Span(a.Waited), a.WaitedFor)
	}
	if a.Err != nil {
		return text + " failed: " + a.Err.Error()
	}
	text += fmt.Sprintf(" %d in %s", a.Status, ui.Span(a.Elapsed))
	v := a.Verdict
	if a.Signal.Kind == limiter.Throttled || a.Signal.Kind == limiter.Overloaded {
		source := "the answer names no time"
		if a.Signal.Source != "" {
			source = a.Signal.Source
		}
		text += fmt.Sprintf("; everybody pauses %s (%s)", ui.Span(v.Paused), source)
	}
	if v.RateBefore != v.Rate {
		return text + fmt.Sprintf("; rate %s -> %s/s", ui.Rate(v.RateBefore), ui.Rate(v.Rate))
	}
	return text + fmt.Sprintf("; rate %s/s", ui.Rate(v.Rate))
}
