package resume

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const someHash = `"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"`

func TestParseResult(t *testing.T) {
	t.Parallel()
	var sum [32]byte
	if _, err := hex.Decode(sum[:], []byte(strings.Trim(someHash, `"`))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		line string
		want *Result
	}{
		{`{"id":"a\"b","line":1,"request_sha256":` + someHash + `,"occurrence":3,"api":"x","ok":true,"json":{"ok":false}}`, &Result{ID: []byte(`"a\"b"`), SHA256: sum, Occurrence: 3, OK: true}},
		{`{"line":1,"request_sha256":` + someHash + `,"status":500,"ok":false,"json":{"error":{"kind":"read"}},"error":{"kind":"unknown","message":"x"}}`, &Result{SHA256: sum, Occurrence: 1, Kind: KindUnknown}},
		{`{"line":5,"api":"x","method":"GET","ok":false,"error":{"kind":"input","message":"a"}}`, &Result{Occurrence: 1, Kind: "input"}},
		{`{ "ok" : true, "request_sha256" : ` + someHash + `, "error": null, "id":[1,{"a":"}"}] }`, &Result{ID: []byte(`[1,{"a":"}"}]`), SHA256: sum, Occurrence: 1, OK: true}},
		{`{"line":5,"ok":true}`, nil},
		{`{"line":5,"ok":false,"error":{"kind":"unknown"}}`, nil},
		{`{"line":5}`, nil},
		{`{"line":5,"ok":1,"request_sha256":` + someHash + `}`, nil},
		{`{"id":1,"path":"/x"}`, nil},
		{`{"line":5,"ok":true,"request_sha256":"0102"}`, nil},
		{`{"line":5,"request_sha256":` + someHash + `,"ok":true,"body":"` + "\x00" + `"}`, nil},
		{`{"line":5,"request_sha256":` + someHash + `,"ok":true,"body":"abc`, nil},
		{`{"line":5,"request_sha256":` + someHash + `,"occurrence":0,"ok":true}`, nil},
		{`{}`, nil},
		{`/path`, nil},
		{``, nil},
	} {
		got, ok := ParseResult([]byte(test.line))
		if ok != (test.want != nil) {
			t.Errorf("ParseResult(%s) = %v", test.line, ok)
		} else if ok {
			if diff := cmp.Diff(*test.want, got, cmpopts.IgnoreUnexported(Result{})); diff != "" {
				t.Errorf("ParseResult(%s) (-want +got):\n%s", test.line, diff)
			}
		}
	}
}

// However a line looks, it is read without a panic; a valid one as encoding/json reads it.
func FuzzParseResult(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"line":1,"request_sha256":` + someHash + `,"ok":true,"json":[1,{"a":"\\"}]}`,
		`{"line":1,"request_sha256":` + someHash + `,"ok":false,"error":{"kind":"http","message":"x"}}`,
		`{"ok":false,"error":{"kind":"unknown`, `{"a":"\`, `{"a":{]`, `{,}`, `{"ok":true,,"x":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := ParseResult(line)
		var want struct {
			ID    json.RawMessage `json:"id"`
			SHA   string          `json:"request_sha256"`
			OK    *bool           `json:"ok"`
			Error *struct{ Kind string }
		}
		members := bytes.Count(line, []byte(`"id"`)) + bytes.Count(line, []byte(`"ok"`)) + bytes.Count(line, []byte(`"error"`)) + bytes.Count(line, []byte(`request_sha256`))
		// Names that differ in case or are escaped, and names that are there twice, arl does not write.
		if !ok || members > 4 || bytes.ContainsAny(line, `\`) || bytes.Count(line, []byte(`"kind"`)) > 1 ||
			json.Unmarshal(line, &want) != nil || want.OK == nil || len(want.SHA) != 64 {
			return
		}
		if *want.OK != got.OK || !bytes.Contains(line, []byte(`"ok"`)) {
			t.Errorf("ParseResult(%q): ok %v, want %v", line, got.OK, *want.OK)
		}
		if sum, err := hex.DecodeString(want.SHA); err == nil && !bytes.Equal(sum, got.SHA256[:]) && got.hashed {
			t.Errorf("ParseResult(%q): hash %x, want %x", line, got.SHA256, sum)
		}
	})
}
