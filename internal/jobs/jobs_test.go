package jobs_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jobs"
)

// A shape is how a vendor has jobs: what responses say in turn, and what is made of each.
type shape struct {
	name   string
	poll   config.Poll
	accept jobs.Response
	at     string // of the state; empty: no job
	after  time.Duration
	polls  []turn
}

type turn struct {
	status int
	header string // name: value
	body   string
	want   string // "again 2s", "again 2s at URL", "done", "result URL", or a part of an error
}

func header(line string) http.Header {
	h := http.Header{}
	if name, value, ok := strings.Cut(line, ": "); ok {
		h.Set(name, value)
	}
	return h
}

func shapes() []shape {
	location := config.Reference{Header: config.Names{"Location"}}
	azure := config.Poll{
		URL:    config.Reference{Header: config.Names{"Azure-AsyncOperation", "Operation-Location", "Location"}},
		Until:  `.status == "Succeeded"`,
		Failed: `.status | IN("Failed", "Canceled")`,
		Result: config.Reference{JSON: ".resourceLocation"},
	}
	batches := config.Poll{
		When: config.PollWhen{Status: 200, Methods: []string{"POST"}, Paths: []string{"/batches"}},
		URL:  config.Reference{JSON: ".id", Template: "/batches/{id}"}, Until: `.status == "completed"`, Failed: `.status == "failed"`,
		Result: config.Reference{JSON: ".output_file_id", Template: "/files/{id}/content"},
	}
	return []shape{
		{"202 and Location", config.Poll{URL: location}, jobs.Response{Status: 202, Header: header("Location: /op/1")}, "/op/1", 2 * time.Second, []turn{
			{202, "Retry-After: 7", "", "again 7s"}, {202, "Retry-After: 0", "", "again 2s"}, {200, "", "{}", "done"},
		}},
		{"303 to the result", config.Poll{URL: location}, jobs.Response{Status: 202, Header: header("Location: op/1")}, "/v1/op/1", 2 * time.Second, []turn{
			{202, "", "", "again 2s"}, {303, "Location: /things/1", "", "result /things/1"},
		}},
		{"the same again", config.Poll{}, jobs.Response{Status: 202, Method: "GET"}, "/v1/batches", 2 * time.Second, []turn{{202, "", "", "again 2s"}, {200, "", "[]", "done"}}},
		{"no job", config.Poll{}, jobs.Response{Status: 200}, "", 0, nil},
		{"Azure", azure, jobs.Response{Status: 202, Header: header("Operation-Location: https://api.test/op/1?v=2")}, "/op/1?v=2", 2 * time.Second, []turn{
			{202, "", "", "again 2s"},
			{200, "Retry-After: 3", `{"status":"Running"}`, "again 3s"},
			{200, "Operation-Location: /op/2", `{"status":"Running"}`, "again 2s at /op/2"},
			{200, "Operation-Location: /op/1?v=2", `{"status":"Running"}`, "leads in a circle of 2"},
		}},
		{"Azure, done", azure, jobs.Response{Status: 202, Header: header("Location: /op/1")}, "/op/1", 2 * time.Second, []turn{
			{200, "", `{"status":"Succeeded","resourceLocation":"https://other.test/r"}`, "result https://other.test/r"},
		}},
		{"Azure, failed", azure, jobs.Response{Status: 202, Header: header("Location: /op/1")}, "/op/1", 2 * time.Second, []turn{{200, "", `{"status":"Canceled"}`, "the job has failed"}}},
		{"a name in the body", batches, jobs.Response{Status: 200, Body: []byte(`{"id":"b/1"}`)}, "/v1/batches/b%2F1", 2 * time.Second, []turn{
			{200, "", `{"status":"in_progress"}`, "again 2s"},
			{200, "", `{"status":"completed","output_file_id":"f1"}`, "result /v1/files/f1/content"},
		}},
		{"no result", batches, jobs.Response{Status: 200, Body: []byte(`{"id":12}`)}, "/v1/batches/12", 2 * time.Second, []turn{{200, "", `{"status":"completed","output_file_id":null}`, "done"}}},
		{"what is no JSON", batches, jobs.Response{Status: 200, Body: []byte(`{"id":12}`)}, "/v1/batches/12", 2 * time.Second, []turn{{200, "", "<html>", "failed, in the profile's poll: no JSON"}}},
		{"no body", batches, jobs.Response{Status: 200, Body: []byte(`{"id":12}`)}, "/v1/batches/12", 2 * time.Second, []turn{{200, "", "", "the response has no body"}}},
		{"an object for a URL", config.Poll{URL: location, Result: config.Reference{JSON: ".result"}}, jobs.Response{Status: 202, Header: header("Location: /op")}, "/op", 2 * time.Second, []turn{{200, "", `{"result":{}}`, "is not an HTTP URL"}}},
		{"another scheme", config.Poll{URL: location, Result: config.Reference{JSON: ".result"}}, jobs.Response{Status: 202, Header: header("Location: http://u:p@other.test/x#y")}, "http://other.test/x", 2 * time.Second, []turn{{200, "", `{"result":"file:///etc/passwd"}`, "is not an HTTP URL"}}},
		{"gone", config.Poll{URL: location}, jobs.Response{Status: 202, Header: header("Location: /op")}, "/op", 2 * time.Second, []turn{{410, "", "", "HTTP 410 Gone"}}},
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	base := &url.URL{Scheme: "https", Host: "api.test", Path: "/v1/batches"}
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := &config.Profile{Name: "a", BaseURL: "https://api.test/v1", Poll: config.Polls{s.poll}}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			s.accept.URL = base
			if s.accept.Method == "" {
				s.accept.Method = "POST"
			}
			j, after, err := jobs.Accept(t.Context(), p, []config.CompiledPoll{s.poll.Compile()}, &s.accept, now)
			if err != nil || (j == nil) != (s.at == "") || after != s.after {
				t.Fatalf("Accept = %v, %v, %v, want a job at %q after %v", j, after, err, s.at, s.after)
			}
			if j == nil {
				return
			}
			if got := shown(j.URL); got != s.at {
				t.Errorf("the job is at %s, want %s", got, s.at)
			}
			for i, turn := range s.polls {
				was := j.URL
				step, err := j.Take(t.Context(), &jobs.Response{URL: j.URL, Status: turn.status, Header: header(turn.header), Body: []byte(turn.body)}, now)
				if got := said(step, err, was, j.URL); got != turn.want && (err == nil || !strings.Contains(got, turn.want)) {
					t.Errorf("poll %d: %s, want %s", i+1, got, turn.want)
				}
			}
		})
	}
}

func said(step jobs.Step, err error, was, is *url.URL) string {
	switch {
	case err != nil:
		return err.Error()
	case step.Done && step.Result != nil:
		return "result " + shown(step.Result)
	case step.Done:
		return "done"
	case was != is:
		return "again " + step.After.String() + " at " + shown(is)
	}
	return "again " + step.After.String()
}

func shown(u *url.URL) string { return strings.TrimPrefix(u.String(), "https://api.test") }

func TestTimeout(t *testing.T) {
	t.Parallel()
	timeout := time.Minute
	poll := config.Poll{URL: config.Reference{Header: config.Names{"Location"}}, Timeout: &timeout}
	p := &config.Profile{Name: "a", BaseURL: "https://api.test", Poll: config.Polls{poll}}
	now := time.Now()
	j, err := jobs.Resume(p, []config.CompiledPoll{poll.Compile()}, "https://api.test/op", 202, now)
	if err != nil {
		t.Fatal(err)
	}
	running := &jobs.Response{URL: j.URL, Status: 202, Header: http.Header{}}
	if _, err := j.Take(t.Context(), running, now.Add(timeout-1)); err != nil {
		t.Error(err)
	}
	if _, err := j.Take(t.Context(), running, now.Add(timeout)); err == nil || !strings.Contains(err.Error(), "not finished after 1m0s") {
		t.Errorf("Take after the timeout = %v", err)
	}
}

func TestNowhere(t *testing.T) {
	t.Parallel()
	accepted := config.AcceptedJob()
	p := &config.Profile{Name: "a", BaseURL: "https://api.test"}
	post := &jobs.Response{Method: "POST", URL: &url.URL{Scheme: "https", Host: "api.test"}, Status: 202, Header: http.Header{}}
	_, _, err := jobs.Accept(t.Context(), p, []config.CompiledPoll{accepted.Compile()}, post, time.Now())
	if _, ok := errors.AsType[*jobs.NoURLError](err); !ok {
		t.Errorf("Accept = %v, want a NoURLError", err)
	}
}
