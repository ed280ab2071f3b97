package session

import (
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// attemptLog is --log-json: a line of JSON for each attempt. nil writes nothing.
type attemptLog struct {
	messages *Messages

	mu   sync.Mutex
	log  io.Writer
	file *os.File // nil for standard error
}

// openAttemptLog opens the log that the options name; nil if they name none.
func openAttemptLog(e *cli.Env, o *SendOptions, m *Messages) (*attemptLog, error) {
	switch o.LogJSON {
	case "":
		return nil, nil
	case "-":
		return &attemptLog{messages: m, log: e.Err}, nil
	}
	file, err := os.OpenFile(o.LogJSON, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, cli.Usagef("", "open the log: %v", err)
	}
	return &attemptLog{messages: m, log: terminal.FileStream(file, e.Secrets.Redact), file: file}, nil
}

func (t *attemptLog) close() {
	if t == nil || t.file == nil {
		return
	}
	if err := t.file.Close(); err != nil {
		t.messages.Warn("close the log: " + err.Error())
	}
}

func (t *attemptLog) observe(e *limiter.Event) {
	if e.Kind != limiter.EventAttempt {
		return
	}
	b, err := json.Marshal(logLine(e, time.Now()))
	if err != nil {
		return // only strings and numbers
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.log.Write(append(b, '\n')); err != nil {
		t.log = io.Discard
		t.messages.Warn("nothing more is written to the log: " + err.Error())
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

func logLine(a *limiter.Event, now time.Time) attemptLine {
	line := attemptLine{
		Time: now.UTC(), API: a.API, Key: a.Key, Tenant: a.Tenant, Method: a.Method, Path: a.Path,
		Attempt: a.Number, Status: a.Status, WaitedMS: a.Waited.Milliseconds(), ElapsedMS: a.Elapsed.Milliseconds(),
		Rate: a.Update.Rate, Throttled: a.Throttled(),
		PauseMS: a.Update.Paused.Milliseconds(), Source: a.Signal.Source, Ignored: a.Signal.Ignored,
		Phase: a.Update.Insight.Phase.String(), Limiter: a.Update.Insight.Kind.String(), Cache: a.Cache,
	}
	if a.Err != nil {
		line.Error = a.Err.Error()
	}
	return line
}
