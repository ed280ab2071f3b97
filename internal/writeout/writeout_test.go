package writeout

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
)

func ending(t *testing.T) *Ending {
	t.Helper()
	u, err := url.Parse("http://h/x")
	if err != nil {
		t.Fatal(err)
	}
	resp := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Status: "200 OK", StatusCode: 200,
		Header: http.Header{"X-A": {"1", "2"}}, Request: &http.Request{URL: u},
	}
	return &Ending{Transfer: &Transfer{URL: "http://h/x", Method: "GET", Response: resp, received: new(int64(7))}, Attempts: 3, Waited: 1.5, Rate: 2}
}

func TestWriteOut(t *testing.T) {
	t.Parallel()
	failed := ending(t)
	failed.Code, failed.Message, failed.Transfer.Response = 7, "no connection", nil
	for _, tt := range []struct {
		e                *Ending
		format, out, err string
	}{
		{ending(t), `%{http_code} %{size_download}\n`, "200 7\n", ""},
		{ending(t), `%{attempts} %{waited} %{rate} %{num_retries}`, "3 1.500000 2.000000 2", ""},
		{ending(t), `%header{x-a}%header{none}`, "1", ""},
		{ending(t), `%{header_json}`, "{\"x-a\":[\"1\",\"2\"]\n}", ""},
		{ending(t), `a%{stderr}b%{stdout}c%{stderr}d`, "ac", "bd"},
		{ending(t), `a%{onerror}b`, "a", ""},
		{failed, `a%{onerror}b %{exitcode} %{errormsg} %{http_code}`, "ab 7 no connection 000", ""},
		{failed, `%header{x-a}%{header_json}%{http_version}`, "{\n}0", ""},
		{ending(t), `100%% %d \x \\ %{ %`, `100% %d \x \\ %{ %`, ""},
		{ending(t), "", "", ""},
	} {
		w, err := ParseWriteOut(tt.format, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.format, err)
			continue
		}
		var stdout, stderr strings.Builder
		if err := w.Write(&stdout, &stderr, tt.e); err != nil || stdout.String() != tt.out || stderr.String() != tt.err {
			t.Errorf("%s writes %q and %q, %v, want %q and %q", tt.format, &stdout, &stderr, err, tt.out, tt.err)
		}
	}
	for _, bad := range []string{"%{nothing}", "%{header}", "%header{}", "@nothing.txt"} {
		if _, err := ParseWriteOut(bad, nil); !failure.Is[*input.Error](err) {
			t.Errorf("%s: %v, want an InputError", bad, err)
		}
	}
}

func TestWriteOutJSON(t *testing.T) {
	t.Parallel()
	for _, e := range []*Ending{ending(t), {Transfer: &Transfer{}}} {
		var got map[string]any
		if err := json.Unmarshal([]byte(e.json()), &got); err != nil {
			t.Fatalf("%v in %s", err, e.json())
		}
		if len(got) != len(variables()) || got["attempts"] != float64(e.Attempts) {
			t.Errorf("%d variables, attempts %v, want %d and %d", len(got), got["attempts"], len(variables()), e.Attempts)
		}
	}
}
