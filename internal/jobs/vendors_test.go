package jobs_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jobs"
)

// The built-in profiles know the jobs of their vendors, from request to result.
func TestVendors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name, method, path string
		accept             jobs.Response
		polls              []turn
	}{
		{"openai", "POST", "/v1/batches", jobs.Response{Status: 200, Body: []byte(`{"id":"batch_1","object":"batch","status":"validating","output_file_id":null}`)}, []turn{
			{200, "", `{"id":"batch_1","status":"in_progress","output_file_id":null}`, "again 30s"},
			{200, "", `{"id":"batch_1","status":"finalizing","output_file_id":null}`, "again 30s"},
			{200, "", `{"id":"batch_1","status":"completed","output_file_id":"file-1","error_file_id":null}`, "result /v1/files/file-1/content"},
		}},
		{"openai", "POST", "/v1/batches", jobs.Response{Status: 200, Body: []byte(`{"id":"batch_1"}`)}, []turn{
			{200, "", `{"status":"completed","output_file_id":null,"error_file_id":"file-2"}`, "result /v1/files/file-2/content"},
		}},
		{"openai", "POST", "/v1/batches", jobs.Response{Status: 200, Body: []byte(`{"id":"batch_1"}`)}, []turn{{200, "", `{"status":"expired"}`, "the job has failed"}}},
		{"openai", "POST", "/v1/chat/completions", jobs.Response{Status: 200, Body: []byte(`{"id":"x"}`)}, nil},
		{"openai", "GET", "/v1/batches", jobs.Response{Status: 200, Body: []byte(`{"data":[]}`)}, nil},
		{"anthropic", "POST", "/v1/messages/batches", jobs.Response{Status: 200, Body: []byte(`{"id":"msgbatch_1","processing_status":"in_progress","results_url":null}`)}, []turn{
			{200, "Retry-After: 60", `{"processing_status":"canceling"}`, "again 1m0s"},
			{200, "", `{"processing_status":"ended","results_url":"https://api.test/v1/messages/batches/msgbatch_1/results"}`, "result /v1/messages/batches/msgbatch_1/results"},
		}},
		{"anthropic", "POST", "/v1/messages", jobs.Response{Status: 200, Body: []byte(`{"id":"msg_1"}`)}, nil},
		{"salesforce", "POST", "/services/data/v67.0/jobs/query", jobs.Response{Status: 200, Body: []byte(`{"id":"7986g","state":"UploadComplete"}`)}, []turn{
			{200, "", `{"id":"7986g","state":"InProgress"}`, "again 5s"},
			{200, "", `{"id":"7986g","state":"JobComplete"}`, "done"},
		}},
		{"salesforce", "POST", "/services/data/v67.0/jobs/query", jobs.Response{Status: 200, Body: []byte(`{"id":"7986g"}`)}, []turn{{200, "", `{"state":"Aborted"}`, "the job has failed"}}},
		{"salesforce", "POST", "/services/data/v67.0/jobs/ingest", jobs.Response{Status: 200, Body: []byte(`{"id":"7986g","state":"Open"}`)}, nil},
		{"github", "GET", "/repos/cli/cli/stats/contributors", jobs.Response{Status: 202, Body: []byte(`{}`)}, []turn{{202, "", "{}", "again 2s"}, {200, "", "[]", "done"}}},
	} {
		t.Run(v.name+" "+v.method+" "+v.path, func(t *testing.T) {
			t.Parallel()
			at := map[string]string{"openai": "/v1/batches/batch_1", "anthropic": "/v1/messages/batches/msgbatch_1", "salesforce": "/services/data/v67.0/jobs/query/7986g", "github": v.path}[v.name]
			walkVendor(t, v.name, v.method, v.path, at, v.accept, v.polls)
		})
	}
}

// vendorsAtTest is a configuration in which the built-in profiles are for https://api.test.
func vendorsAtTest(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "apis:\n  openai: {base_url: https://api.test/v1}\n  anthropic: {base_url: https://api.test/v1}\n" +
		"  salesforce: {base_url: https://api.test}\n  github: {base_url: https://api.test}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func walkVendor(t *testing.T, name, method, path, at string, accept jobs.Response, polls []turn) {
	t.Helper()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	r, err := config.Load(vendorsAtTest(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Profile(name)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.test"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	accept.Method, accept.URL = method, req.URL
	j, _, err := jobs.Accept(t.Context(), p, p.PollsOf(req, -1), &accept, now)
	if err != nil || (j == nil) != (polls == nil) {
		t.Fatalf("Accept = %v, %v, want a job: %v", j, err, polls != nil)
	}
	if j == nil {
		return
	}
	if got := shown(j.URL); got != at {
		t.Errorf("the job is at %s, want %s", got, at)
	}
	for i, turn := range polls {
		was := j.URL
		step, err := j.Take(t.Context(), &jobs.Response{URL: was, Status: turn.status, Header: header(turn.header), Body: []byte(turn.body)}, now)
		if got := said(step, err, was, j.URL); got != turn.want && (err == nil || !strings.Contains(got, turn.want)) {
			t.Errorf("poll %d: %s, want %s", i+1, got, turn.want)
		}
	}
}
