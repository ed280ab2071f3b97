package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

const (
	xargsRequests = 200
	xargsLimit    = 20 // requests per second
	// learning is how long a run may take to find the limit before its use is counted.
	learning = 5 * time.Second
)

// A scene is a way to run the same two hundred requests.
type scene struct {
	name    string
	fields  []string // of the profile
	headers string   // what the server says of its limit
	again   bool     // afterwards once more, knowing the rate
	judged  bool     // the targets hold for it
	times   int
}

// measureXargs finds out how much of a limit many short processes use, and how often they are throttled.
func measureXargs(ctx context.Context, l *lab) error {
	scenes := []scene{
		{name: "from nothing", headers: "retry-after", again: !l.quick, judged: true, times: l.pick(3, 1)},
		{name: "no headers", headers: "none", times: l.pick(2, 0)},
		{name: "initial_rate: 5", fields: []string{"initial_rate: 5"}, headers: "retry-after", times: l.pick(2, 1)},
	}
	for _, sc := range scenes {
		var first, second []herd
		for range sc.times {
			l.say("xargs: %s", sc.name)
			h, err := l.herds(ctx, sc)
			if err != nil {
				return err
			}
			first = append(first, h[0])
			second = append(second, h[1:]...)
		}
		l.reportHerds(sc.name, first, sc.judged)
		l.reportHerds(sc.name+", again", second, false)
	}
	return nil
}

func (l *lab) reportHerds(name string, herds []herd, judged bool) {
	if len(herds) == 0 {
		return
	}
	var used, throttled, took sample
	for _, h := range herds {
		used, throttled, took = append(used, 100*h.used), append(throttled, 100*h.throttled), append(took, h.took.Seconds())
	}
	if !judged {
		l.table.add(name+": used after 5 s", used, "%")
		l.table.add(name+": throttled", throttled, "%")
		l.table.add(name+": took (9.75 at best)", took, " s")
		return
	}
	l.table.atLeast(90, name+": used after 5 s", used, "%")
	l.table.atMost(3, name+": throttled", throttled, "%")
	l.table.add(name+": took (9.75 at best)", took, " s")
	l.table.quote("xargs", "8 arl processes at once, from no memory: %s %% of the limit used, %s %% throttled",
		number(used.median()), number(throttled.median()))
}

// A herd is what came of 200 processes.
type herd struct {
	used      float64 // share of the limit, after 5 s until the last request
	throttled float64 // share of all requests
	took      time.Duration
}

// herds runs a scene in a new home.
func (l *lab) herds(ctx context.Context, sc scene) ([]herd, error) {
	server, err := serve(exec.CommandContext(ctx, l.arl, "sandbox", "--listen", "127.0.0.1:0", "--log",
		"--limit", fmt.Sprintf("%d/s", xargsLimit), "--burst", "5", "--headers", sc.headers))
	if err != nil {
		return nil, err
	}
	defer server.kill() //nolint:errcheck // a process that only serves
	h, err := l.newHome(server.base, sc.fields...)
	if err != nil {
		return nil, err
	}
	runs, out, seen := 1, []herd{}, 0
	if sc.again {
		runs = 2
	}
	for range runs {
		start := time.Now()
		if err := l.xargs(ctx, h); err != nil {
			return nil, err
		}
		log, err := readLog(ctx, server.base)
		if err != nil {
			return nil, err
		}
		out = append(out, judge(log[seen:], start))
		seen = len(log)
	}
	return out, nil
}

// xargs sends the requests.
func (l *lab) xargs(ctx context.Context, h home) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var numbers strings.Builder
	for i := range xargsRequests {
		fmt.Fprintln(&numbers, i+1)
	}
	cmd := h.command(ctx, "xargs", "-P8", "-I{}", l.arl, "get", "api", "/items/{}")
	cmd.Stdin = strings.NewReader(numbers.String())
	_, err := l.spend(cmd)
	return err
}

// logEntry is one request, as the sandbox saw it.
type logEntry struct {
	Status int   `json:"status"`
	UnixMS int64 `json:"unix_ms"`
}

func readLog(ctx context.Context, base string) ([]logEntry, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/log", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var log []logEntry
	return log, json.NewDecoder(resp.Body).Decode(&log)
}

// judge sums up the requests of one run.
func judge(log []logEntry, start time.Time) herd {
	var accepted, late, throttled, last int64
	from := start.Add(learning).UnixMilli()
	for _, e := range log {
		last = max(last, e.UnixMS)
		switch {
		case e.Status == http.StatusTooManyRequests:
			throttled++
		case e.UnixMS >= from:
			late++
			fallthrough
		default:
			accepted++
		}
	}
	h := herd{throttled: float64(throttled) / float64(throttled+accepted), took: time.UnixMilli(last).Sub(start)}
	if last > from {
		h.used = float64(late) / (xargsLimit * float64(last-from) / 1000)
	}
	return h
}
