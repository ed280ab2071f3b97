package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"/**", "/a/b", true},
		{"/**", "/", true},
		{"/search", "/search", true},
		{"/search", "/search/", true},
		{"/search", "/search/x", false},
		{"/search/**", "/search", true},
		{"/search/**", "/search/a/b", true},
		{"/search/**", "/searching", false},
		{"/databases/*/query", "/databases/1/query", true},
		{"/databases/*/query", "/databases/1/2/query", false},
		{"/databases/*/query", "/databases/a%2Fb/query", true},
		{"/**/query", "/query", true},
		{"/**/query", "/a/b/query", true},
		{"/**/query", "/a/query/b", false},
		{"/a/**/b/**/c", "/a/b/x/b/y/c", true},
		{"/a/**/b/**/c", "/a/x/y/c", false},
		{"/chat.*", "/chat.postMessage", true},
		{"/chat.*", "/chat%2EpostMessage", true},
		{"/chat.*", "/conversations.list", false},
		{"/a*b*c", "/axxbyyc", true},
		{"/a*b*c", "/axxcyyb", false},
		{"/aa*aa", "/aaa", false},
		{"/*", "/a", true},
		{"/*", "/a/b", false},
	}
	for _, tt := range tests {
		if got := parseGlob(tt.pattern).match(tt.path); got != tt.want {
			t.Errorf("match(%q, %q) = %v, want %v", tt.pattern, tt.path, got, tt.want)
		}
	}
}

// matchSlowly is what match means, by trying everything.
func matchSlowly(pattern, path []string) bool {
	switch {
	case len(pattern) == 0:
		return len(path) == 0
	case pattern[0] == deep:
		return matchSlowly(pattern[1:], path) || len(path) > 0 && matchSlowly(pattern, path[1:])
	case len(path) == 0:
		return false
	}
	return (pattern[0] == "*" || pattern[0] == path[0]) && matchSlowly(pattern[1:], path[1:])
}

func TestGlobMeansWhatItSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "*", "**"}), 1, 6).Draw(t, "pattern")
		path := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 1, 6).Draw(t, "path")
		got := parseGlob("/" + strings.Join(pattern, "/")).match("/" + strings.Join(path, "/"))
		if want := matchSlowly(pattern, path); got != want {
			t.Fatalf("match(%q, %q) = %v, want %v", pattern, path, got, want)
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"min_rat": "min_rate", "mni_rate": "min_rate max_rate", "burts": "burst", "minrate": "min_rate", "xyz": "", "": "",
	} {
		if got := strings.Join(nearest(word, []string{"burst", "max_rate", "min_rate"}), " "); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"60s": "1m", "1m30s": "1m30s", "1d": "1d", "36h": "36h", "1d12h": "36h", "250ms": "250ms", "0": "0s", "0s": "0s", "2h0m": "2h",
		"1":        "1 needs a unit: 1s, 1m or 1h",
		"x":        `"x" is not a duration like 30s, 5m or 1d`,
		"d":        `"d" is not a duration like 30s, 5m or 1d`,
		"-1d":      `"-1d" is not a duration like 30s, 5m or 1d`,
		"1d-1h":    `"1d-1h" is not a duration like 30s, 5m or 1d`,
		"1.5d":     `"1.5d" is not a duration like 30s, 5m or 1d`,
		"65000d1h": "1560001h",
		"99999d":   `"99999d" is not a duration like 30s, 5m or 1d`,
	} {
		d, err := parseDuration(in)
		got := formatDuration(d)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("parseDuration(%q) = %s, want %s", in, got, want)
		}
	}
}
