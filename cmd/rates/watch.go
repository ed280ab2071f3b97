package rates

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/terminal"
)

// watchEvery is how often rates are looked at that are followed.
const watchEvery = time.Second

// A watcher shows rates one time after the other.
type watcher interface {
	show(v *view) error
	end()
}

// watchRates follows the rates until Ctrl-C, which is the way to end it and no failure.
func watchRates(ctx context.Context, e *cli.Env, g *cli.GlobalOptions, asJSON bool) error {
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	r, err := session.ReadRates(e, g)
	if err != nil {
		return err
	}
	defer r.Close()
	var w watcher
	switch {
	case asJSON:
		w = &lineWatcher{out: e.Out, said: map[string]string{}, write: jsonLine}
	case e.OutTTY && e.Getenv("TERM") != "dumb":
		screen := &screenWatcher{e: e, g: g}
		r.Warn = screen.note
		if r.File != nil {
			r.File.Warn = screen.note
		}
		w = screen
	default:
		w = &lineWatcher{out: e.Out, said: map[string]string{}, write: plainLine}
	}
	defer w.end()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		v, err := readView(ctx, r, nil)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = w.show(v)
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// A lineWatcher writes a line for each key that has changed.
type lineWatcher struct {
	out   io.Writer
	said  map[string]string // by key, without the time
	last  *view
	write func(v, last *view, key string) (said, line string)
}

func (l *lineWatcher) show(v *view) error {
	if cli.ReaderGone(l.out) { // it may be long until there is something to write
		return &cli.Error{Silent: true, Code: cli.ExitReaderGone}
	}
	var b bytes.Buffer
	for _, key := range v.keys() {
		said, line := l.write(v, l.last, key)
		if l.said[key] != said {
			l.said[key] = said
			b.WriteString(line + "\n")
		}
	}
	l.last = v
	_, err := l.out.Write(b.Bytes())
	return err
}

func (l *lineWatcher) end() {}

// jsonLine is a key as one line of JSON.
func jsonLine(v, _ *view, key string) (said, line string) {
	of := v.line(key)
	text, _ := json.Marshal(of) // numbers and texts: it does not fail
	whole, _ := json.Marshal(struct {
		At time.Time `json:"at"`
		rateLine
	}{v.at.UTC(), of})
	return string(text), string(whole)
}

// plainLine is a key in words.
func plainLine(v, last *view, key string) (said, line string) {
	l := v.known[key]
	parts := []string{terminal.Plain(key), "rate " + terminal.PerSecond(l.Rate), estimate.Phrase(&l)}
	if l.Cap.Rate > 0 {
		parts = append(parts, "cap "+terminal.PerSecond(l.Cap.Rate))
	}
	sent, throttled := l.Counts.Sent, l.Counts.Throttled
	if last != nil {
		before := last.known[key].Counts
		parts = append(parts, "+"+terminal.Quantity(max(0, sent-before.Sent), "request"), "+"+terminal.Count(max(0, throttled-before.Throttled))+" throttled")
	} else {
		parts = append(parts, terminal.Quantity(sent, "request"), terminal.Count(throttled)+" throttled")
	}
	paused := l.PausedUntil.After(v.at)
	if paused {
		parts = append(parts, "paused "+terminal.Span(l.PausedUntil.Sub(v.at)))
	}
	by := terminal.Plain(v.usedBy(key))
	if by != "-" {
		parts = append(parts, "used by "+by)
	}
	return fmt.Sprint(l.Rate, l.Cap.Rate, l.Ceiling, sent, throttled, paused, by), v.at.Format("15:04:05") + "  " + strings.Join(parts, "  ")
}
