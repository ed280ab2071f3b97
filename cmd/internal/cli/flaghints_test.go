package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestNearestFlag(t *testing.T) {
	t.Parallel()
	c := &cobra.Command{}
	for _, name := range []string{"referer", "retry", "max-time", "max-wait", "max-redirs", "concurrency", "columns"} {
		c.Flags().String(name, "", "")
	}
	for typed, want := range map[string]string{
		"retires": "retry", "max-itme": "max-time", "max-wati": "max-wait", "concurency": "concurrency", "colums": "columns",
		"zzzzzz": "",
	} {
		if got := nearestFlag(c, typed); got != want {
			t.Errorf("nearestFlag(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"retry", "retry", 0}, {"time", "tmie", 1}, {"abc", "axc", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
