package fetch

import (
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
)

func TestRemoteName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/a/b.txt": "b.txt", "b.txt": "b.txt", "/b%2f..%2f..%2fetc": "b%2f..%2f..%2fetc", `/a/..\..\x`: "x", "/.hidden": ".hidden",
		"/\u00e9.txt": "\u00e9.txt", "/%C3%A9": "%C3%A9", "/a b": "a b", "/a%20b?x=/y": "a%20b", "/a#b/c": "a", "https://h.org/a/b?c": "b",
		"/a\tb": "a_b",
	} {
		if got, err := remoteName(in); err != nil || got != want {
			t.Errorf("-O of %s is %q, %v, want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "/", "/a/", "/a/..", "/.", "https://h.org", "https://h.org/", "/?a", `/a\`} {
		if got, err := remoteName(bad); !failure.Is[*input.Error](err) {
			t.Errorf("-O of %q is %q, %v, want an InputError", bad, got, err)
		}
	}
}
