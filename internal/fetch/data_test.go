package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
)

func TestPayload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, []byte("a b\r\nc&d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		o     Options
		stdin string
		body  string
		query string
	}{
		{name: "one", o: Options{Data: []Datum{{DataASCII, "a=1"}}}, body: "a=1"},
		{name: "joined", o: Options{Data: []Datum{{DataASCII, "a=1"}, {DataRaw, "@b"}}}, body: "a=1&@b"},
		{name: "a file without its line ends", o: Options{Data: []Datum{{DataASCII, "@" + file}}}, body: "a bc&d"},
		{name: "a file as it is", o: Options{Data: []Datum{{DataBinary, "@" + file}}}, body: "a b\r\nc&d\n"},
		{name: "standard input", o: Options{Data: []Datum{{DataBinary, "@-"}}}, stdin: "in\n", body: "in\n"},
		{name: "JSON in parts", o: Options{Data: []Datum{{DataJSON, `{"a":`}, {DataJSON, "1}"}}}, body: `{"a":1}`},
		{name: "encoded", o: Options{Data: []Datum{{DataURLEncode, "a b&c"}}}, body: "a+b%26c"},
		{name: "encoded content", o: Options{Data: []Datum{{DataURLEncode, "=a=b"}}}, body: "a%3Db"},
		{name: "encoded with a name", o: Options{Data: []Datum{{DataURLEncode, "n=a b"}}}, body: "n=a+b"},
		{name: "an encoded file", o: Options{Data: []Datum{{DataURLEncode, "n@" + file}}}, body: "n=a+b%0D%0Ac%26d%0A"},
		{name: "into the query", o: Options{Get: true, Data: []Datum{{DataASCII, "a=1"}, {DataURLEncode, "b=2 3"}}}, query: "a=1&b=2+3"},
		{name: "query", o: Options{URLQuery: []string{"a=1 2", "+raw=%41"}}, query: "a=1+2&raw=%41"},
	}
	for _, tt := range tests {
		p, err := tt.o.payload(strings.NewReader(tt.stdin))
		if err != nil || string(p.body) != tt.body || p.query != tt.query {
			t.Errorf("%s: payload = %q, %q, %v, want %q, %q", tt.name, p.body, p.query, err, tt.body, tt.query)
		}
	}
	missing := Options{Data: []Datum{{DataASCII, "@" + filepath.Join(dir, "none")}}}
	if _, err := missing.payload(nil); failure.Classify(err) != failure.File {
		t.Errorf("payload of a missing file = %v, want an error of a file", err)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	o := Options{UserAgent: "me/1", Header: []string{"X-A: 1", "x-a:2", "Accept:", "X-Empty;"}}
	h, err := o.headers(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h["X-A"], ","); got != "1,2" {
		t.Errorf("X-A = %q, want 1,2", got)
	}
	if v, ok := h["Accept"]; !ok || len(v) != 0 {
		t.Errorf("Accept = %q, %v, want it taken away", v, ok)
	}
	if v := h["X-Empty"]; len(v) != 1 || v[0] != "" {
		t.Errorf("X-Empty = %q, want it empty", v)
	}
	if h.Get("User-Agent") != "me/1" {
		t.Errorf("User-Agent = %q, want me/1", h.Get("User-Agent"))
	}
	for _, bad := range []string{"no colon", ": no name", "bad name: x", "X: a\r\nY: b"} {
		if _, err := (&Options{Header: []string{bad}}).headers(nil); failure.Classify(err) != failure.Usage {
			t.Errorf("headers(%q) = %v, want a usage error", bad, err)
		}
	}
}

func TestMethod(t *testing.T) {
	t.Parallel()
	data := []Datum{{DataASCII, "a"}}
	tests := []struct {
		o    Options
		want string
	}{
		{Options{}, "GET"},
		{Options{Data: data}, "POST"},
		{Options{Data: data, Get: true}, "GET"},
		{Options{Data: data, Method: "PUT"}, "PUT"},
	}
	for _, tt := range tests {
		if got := tt.o.method(); got != tt.want {
			t.Errorf("method(%+v) = %s, want %s", tt.o, got, tt.want)
		}
	}
}
