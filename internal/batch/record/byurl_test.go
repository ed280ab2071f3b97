package record

import (
	"errors"
	"strings"
	"testing"
)

func TestURLRecords(t *testing.T) {
	t.Parallel()
	find := func(url string) (Target, error) {
		if strings.Contains(url, "wrong") {
			return Target{}, errors.New("wrong host")
		}
		return Target{API: "host", Origin: "https://host"}, nil
	}
	for _, c := range []struct {
		api, line, path, origin string
		byURL                   bool
		err                     string
	}{
		{"", `https://host/x`, "https://host/x", "https://host", true, ""},
		{"", `HTTP://host/x y`, "HTTP://host/x y", "https://host", true, ""},
		{"", `"https://host/x"`, "https://host/x", "https://host", true, ""},
		{"", `{"url": "https://host/x"}`, "https://host/x", "https://host", true, ""},
		{"", `{"url": "https://host/x", "api": "a"}`, "https://host/x", "", true, ""},
		{"", `{"path": "/x", "api": "a"}`, "/x", "", false, ""},
		{"a", `https://host/x`, "https://host/x", "", false, ""},
		{"a", `{"url": "https://host/x"}`, "https://host/x", "", true, ""},
		{"", `/x?u=https://host`, "/x?u=https://host", "", false, `has no "api"`},
		{"", `{"path": "https://host/x"}`, "https://host/x", "", false, `has no "api"`},
		{"", `https://wrong/x`, "https://wrong/x", "", true, "wrong host"},
		{"", `https://me:geheim@wrong/@x`, "https://[redacted]@wrong/@x", "", true, "wrong host"},
		{"", `https://a@b@wrong?@x`, "https://[redacted]@wrong?@x", "", true, "wrong host"},
	} {
		var r Request
		err := (&parser{api: c.api, find: find}).parse(&r, []byte(c.line))
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, want %q", c.line, err, c.err)
		}
		if r.Path != c.path || r.ByURL != c.byURL || r.Origin != c.origin {
			t.Errorf("%s: path %q, by URL %v, origin %q", c.line, r.Path, r.ByURL, r.Origin)
		}
	}
}

// A record's hash does not depend on the profile that has its URL at the time.
func TestURLRecordsHash(t *testing.T) {
	t.Parallel()
	var hashes [2][32]byte
	for i, target := range []Target{{API: "host", Origin: "https://host"}, {API: "profile"}} {
		var r Request
		p := &parser{find: func(string) (Target, error) { return target, nil }}
		if err := p.parse(&r, []byte("https://host/x")); err != nil {
			t.Fatal(err)
		}
		hashes[i] = r.SHA256
	}
	if hashes[0] != hashes[1] {
		t.Error("the hash depends on the profile")
	}
}
