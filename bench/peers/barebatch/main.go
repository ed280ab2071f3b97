// Command barebatch is the least that a Go program does to send a file of records, 64 at a time, and
// to write one line of JSON for each, as arl batch writes it: the yardstick. It has no limiter, no
// retries and no ledger.
//
//	barebatch http://127.0.0.1:8080 < records.ndjson > results.ndjson
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const concurrency = 64

// A record is one line of the input.
type record struct {
	ID   json.RawMessage `json:"id"`
	Path string          `json:"path"`
	line int
}

// A result is one line of the output.
type result struct {
	ID        json.RawMessage `json:"id"`
	Line      int             `json:"line"`
	API       string          `json:"api"`
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Status    int             `json:"status"`
	OK        bool            `json:"ok"`
	JSON      json.RawMessage `json:"json"`
	Attempts  int             `json:"attempts"`
	WaitedMS  int64           `json:"waited_ms"`
	ElapsedMS int64           `json:"elapsed_ms"`
}

// A run sends records to one server.
type run struct {
	base   string
	client *http.Client
	failed atomic.Int64

	mu  sync.Mutex
	out *bufio.Writer
}

func main() {
	r := &run{
		base:   os.Args[1],
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}},
		out:    bufio.NewWriterSize(os.Stdout, 64<<10),
	}
	n := r.all(os.Stdin)
	if err := r.out.Flush(); err != nil || r.failed.Load() > 0 {
		fmt.Fprintln(os.Stderr, "barebatch:", r.failed.Load(), "failed", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "barebatch:", n, "ok")
}

// all sends every record, and returns how many there were.
func (r *run) all(in io.Reader) (n int) {
	records := make(chan record, concurrency)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for rec := range records {
				if err := r.send(rec); err != nil {
					r.failed.Add(1)
				}
			}
		})
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		n++
		rec := record{line: n}
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			r.failed.Add(1)
			continue
		}
		records <- rec
	}
	close(records)
	workers.Wait()
	return n
}

func (r *run) send(rec record) error {
	start := time.Now()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.base+rec.Path, nil)
	if err != nil {
		return err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	line, err := json.Marshal(result{
		ID: rec.ID, Line: rec.line, API: "api", Method: req.Method, Path: rec.Path,
		Status: resp.StatusCode, OK: resp.StatusCode < 400, JSON: bytes.TrimSpace(body),
		Attempts: 1, ElapsedMS: time.Since(start).Milliseconds(),
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.out.Write(append(line, '\n'))
	return err
}
