package config

import (
	"slices"
	"testing"
)

func TestMatchStars(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"a*", "ab", true},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"*a*", "bab", true},
		{"*", "", true},
		{"a*a", "a", false},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "acb", false},
		{"**", "x", true},
		{"", "", true},
		{"", "x", false},
	} {
		if got := matchStars(tt.pattern, tt.text); got != tt.want {
			t.Errorf("matchStars(%q, %q) = %v", tt.pattern, tt.text, got)
		}
	}
}

// Waits in a body, with the unit that their name says.
func TestRuleWaits(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		".retry_after": "7", ".retry_after_ms": "7ms", ".retryAfterMs": "7ms", ".retryAfterMilliseconds": "7ms", ".wait_minutes": "7m",
		".params": "7",
	} {
		waits, err := ruleWaits(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := waits([]byte(`{"` + path[1:] + `": 7, "x": 8}`)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
