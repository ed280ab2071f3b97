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
