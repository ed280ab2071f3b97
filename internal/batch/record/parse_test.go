package record

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func newParser(api string) *parser {
	return &parser{api: api, grow: func(int64) error { return nil }}
}

func TestParse(t *testing.T) {
	t.Parallel()
	jsonType := http.Header{"Content-Type": {"application/json"}}
	for _, test := range []struct {
		line string
		want Request
	}{
		{`/pages/1?x=y`, Request{Method: "GET", Path: "/pages/1?x=y"}},
		{`123`, Request{Method: "GET", Path: "123"}},
		{`"\/p\u00e4\ud83d\ude00"`, Request{Method: "GET", Path: "/pä😀"}},
		{`{"path":"/a"}`, Request{Method: "GET", Path: "/a"}},
		{`{ "id" : { "a" : [1.0, "}"] } , "path" : "/a" }`, Request{
			ID: json.RawMessage(`{ "a" : [1.0, "}"] }`), Method: "GET", Path: "/a",
		}},
		{`{"id":null,"path":"/a","api":"y"}`, Request{ID: json.RawMessage(`null`), API: "y", Method: "GET", Path: "/a"}},
		{`{"path":"/a","json": {"n": 1.00} }`, Request{
			Method: "POST", Path: "/a", Header: jsonType, Body: []byte(`{"n": 1.00}`),
		}},
		{`{"path":"/a","json":null,"method":"put"}`, Request{
			Method: "PUT", Path: "/a", Header: jsonType, Body: []byte(`null`),
		}},
		{`{"path":"/a","json":1,"headers":{"content-type":"application/vnd.api+json"}}`, Request{
			Method: "POST", Path: "/a", Header: http.Header{"Content-Type": {"application/vnd.api+json"}}, Body: []byte(`1`),
		}},
		{`{"path":"/a","body":"\"a\\b\n\u00e4\""}`, Request{Method: "POST", Path: "/a", Body: []byte("\"a\\b\nä\"")}},
		{`{"path":"/a","body":""}`, Request{Method: "POST", Path: "/a", Body: []byte{}}},
		{`{"path":"/a","body_base64":"AP8Q\/w==","method":"get"}`, Request{
			Method: "GET", Path: "/a", Body: []byte{0, 255, 16, 255},
		}},
		{`{"p\u0061th":"/a","query":{"n":12345678901234567890.10,"b":true,"s":"x y","many":[1,"2",false],"none":[]}}`, Request{
			Method: "GET", Path: "/a",
			Query: url.Values{"n": {"12345678901234567890.10"}, "b": {"true"}, "s": {"x y"}, "many": {"1", "2", "false"}},
		}},
		{`{"path":"/a","method":"Purge","headers":{"x-a":["1",2],"X-B":true}}`, Request{
			Method: "Purge", Path: "/a", Header: http.Header{"X-A": {"1", "2"}, "X-B": {"true"}},
		}},
	} {
		if test.want.API == "" {
			test.want.API = "x"
		}
		var got Request
		if err := newParser("x").parse(&got, []byte(test.line)); err != nil {
			t.Errorf("parse(%s): %v", test.line, err)
		}
		ignore := []cmp.Option{cmpopts.IgnoreUnexported(Request{}), cmpopts.IgnoreFields(Request{}, "SHA256")}
		if diff := cmp.Diff(test.want, got, ignore...); diff != "" {
			t.Errorf("parse(%s) (-want +got):\n%s", test.line, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ line, id, want string }{
		{"/\xff", "", "the line is not valid UTF-8"},
		{"/a\tb", "", `"path" contains a control character`},
		{`[1]`, "", "a record is an object, a string or a path, not an array; `jq -c '.[]'` makes lines of its elements"},
		{`{"id":7,`, "7", "not valid JSON at byte 8: unexpected end of JSON input; write each record on one line, for example with `jq -c .`"},
		{`}`, "", "the line is not a path; write each record on one line, for example with `jq -c .`"},
		{`17,`, "", "the line is not a path; write each record on one line, for example with `jq -c .`"},
		{`<p>`, "", "the line is not a path; write each record on one line, for example with `jq -c .`"},
		{`# no`, "", "the line is a comment, which records cannot have"},
		{`{"path":"#x"}`, "", `"path" is only a fragment, which is not sent`},
		{`POST /x`, "", `a path cannot begin with a method; write {"method": "POST", "path": "/x"}`},
		{`"GET http://x/y"`, "", `a path cannot begin with a method; write {"method": "GET", "path": "http://x/y"}`},
		{`""`, "", `"path" is empty`},
		{`"/a" "/b"`, "", `not valid JSON at byte 6: invalid character '"' after top-level value; write each record on one line, for example with ` + "`jq -c .`"},
		{`{"id":7,"path":}`, "7", `not valid JSON at byte 16: invalid character '}' looking for beginning of value`},
		{`{"id":7}`, "7", `the record has no "path"`},
		{`{"path":"/a","Path":"/b","id":7}`, "7", `unknown field "Path"`},
		{`{"path":"/a","path":"/b","id":7}`, "7", `duplicate field "path"`},
		{`{"path":7}`, "", `"path" is not a string`},
		{`{"path":null}`, "", `"path" is not a string`},
		{`{"path":"/a","api":""}`, "", `"api" is empty`},
		{`{"path":"/a","method":"A B"}`, "", `invalid HTTP method "A B"`},
		{`{"path":"/a","query":[]}`, "", `"query" is not an object`},
		{`{"path":"/a","query":{"q":{}}}`, "", `"query": "q" is not a string, a number, a boolean or an array of these`},
		{`{"path":"/a","query":{"q":[[1]]}}`, "", `"query": "q" is not a string, a number, a boolean or an array of these`},
		{`{"path":"/a","headers":{"a b":1}}`, "", `invalid header name "a b"`},
		{`{"path":"/a","headers":{"a":"1\r\nb: 2"}}`, "", `the header "a" contains a control character`},
		{`{"path":"/a","json":1,"body":"1"}`, "", `only one of "json", "body", "body_base64", "body_file" and "graphql" can be used`},
		{`{"path":"/a","body":{}}`, "", `"body" is not a string`},
		{`{"path":"/a","body":"\ud800"}`, "", `a string holds half of a surrogate pair (\ud800 to \udfff)`},
		{`{"path":"/a","body_base64":"AP8"}`, "", `"body_base64" is not base64 with padding`},
		{`{"path":"/a","body_file":"x"}`, "", `"body_file": not allowed here`},
	} {
		var got Request
		err := newParser("x").parse(&got, []byte(test.line))
		if err == nil || err.Error() != test.want {
			t.Errorf("parse(%s) = %v, want %s", test.line, err, test.want)
		}
		if string(got.ID) != test.id {
			t.Errorf("parse(%s): id %s, want %s", test.line, got.ID, test.id)
		}
	}
	if err := newParser("").parse(&Request{}, []byte("/a")); err == nil || err.Error() != `the record has no "api"` {
		t.Errorf("without an api: %v", err)
	}
}

func TestBodyFile(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	dir := filepath.Join(outside, "in")
	for name, content := range map[string]string{"secret": "no", "in/a.txt": "content", "in/sub/b": "deep", "in/large": "0123456789x"} {
		name = filepath.Join(outside, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"out": "../secret", "inside": "sub/b"} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Skip(err)
		}
	}
	p := newParser("x")
	p.files = bodyFiles{dir: dir, max: 10}
	defer p.files.close()
	for _, test := range []struct{ file, want, wrong string }{
		{file: "a.txt", want: "content"},
		{file: "sub/../sub/b", want: "deep"},
		{file: "inside", want: "deep"},
		{file: "../secret", wrong: "escapes"},
		{file: "out", wrong: "escapes"},
		{file: filepath.Join(outside, "secret"), wrong: "escapes"},
		{file: "sub", wrong: "not a regular file"},
		{file: "none", wrong: "no such file"},
		{file: "large", wrong: "has 11 bytes, but --max-memory allows 10"},
	} {
		var r Request
		name, err := json.Marshal(test.file)
		if err != nil {
			t.Fatal(err)
		}
		err = p.parse(&r, []byte(`{"path":"/a","body_file":`+string(name)+`}`))
		if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%s: %v, want %q", test.file, err, test.wrong)
		}
		if string(r.Body) != test.want {
			t.Errorf("%s: body %q, want %q", test.file, r.Body, test.want)
		}
	}
}

// The hashes of requests are part of what people keep: they may never change.
func TestHashIsForever(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`/pages/1`: "4ca4974dd7cc71602a6d00d10435a661918f8d7db6d6d743ebac8b1135976875",
		`{"method":"POST","path":"/pages","query":{"b":[2,"1"],"a":true},"headers":{"X-B":"1","Accept":"*/*"},"json":{"t": 1}}`: "05a9d599d697f9bf95334ebad438749ca9c00ec2b6d3b8ca933879153f963f0b",
	} {
		var r Request
		if err := newParser("notion").parse(&r, []byte(line)); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(r.SHA256[:]); got != want {
			t.Errorf("hash of %s = %s, want %s", line, got, want)
		}
	}
}

func TestHashTellsRequestsApart(t *testing.T) {
	t.Parallel()
	same := []string{
		`{"path":"/a","query":{"x":"1","y":"2"},"headers":{"A-B":"1","C":"2"},"body":"b","id":1}`,
		`{"body_base64":"Yg==","headers":{"c":"2","a-b":"1"},"method":"post","query":{"y":2,"x":1},"path":"/a","id":2}`,
	}
	others := []string{
		`{"path":"/a","query":{"x":["1","2"]}}`, `{"path":"/a","query":{"x":["2","1"]}}`,
		`{"path":"/a","query":{"x":"1"},"headers":{"x":"2"}}`, `{"path":"/a","headers":{"x":["1","2"]}}`,
		`{"path":"/a","query":{"x1":""}}`, `{"path":"/a","query":{"x":"1"}}`, `{"path":"/ax"}`,
		`{"path":"/a","body":"x","method":"GET"}`, `{"path":"/a","body":"x"}`, `{"path":"/a","json":"x"}`,
		`{"path":"/a","api":"other"}`,
	}
	seen := map[[32]byte]string{}
	for i, line := range append(same, others...) {
		var r Request
		if err := newParser("x").parse(&r, []byte(line)); err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[r.SHA256]; twice != (i == 1) {
			t.Errorf("%s and %s: same hash %v", line, other, twice)
		}
		seen[r.SHA256] = line
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`{"id":"7","path":"/a"}`:  `id "7"`,
		`{"id": 7 ,"path":"/a"}`:  `id 7`,
		`{"id":null,"path":"/a"}`: `id null`,
		`/pages/1`:                "sha256 ",
	} {
		var r Request
		if err := newParser("notion").parse(&r, []byte(line)); err != nil {
			t.Fatal(err)
		}
		if r.ID == nil {
			want += hex.EncodeToString(r.SHA256[:])
		}
		if got := r.Identity(); got != want {
			t.Errorf("Identity of %s = %s, want %s", line, got, want)
		}
	}
}
