package gauntlet

import (
	"fmt"
	"strings"
	"testing"
)

// promiseDocs is the page that the table of promises is part of.
const promiseDocs = "../docs/programs.md"

// TestPromises measures what is promised of shares, priorities and far stores, and fails for each promise that is not kept,
// and where the page says something else.
func TestPromises(t *testing.T) {
	list := promises()
	figures := make([]string, len(list))
	t.Run("rows", func(t *testing.T) {
		for i, p := range list {
			t.Run(short(p.Case), func(t *testing.T) {
				t.Parallel()
				kept := false
				if figures[i], kept = p.measure(t); !kept {
					t.Errorf("%s: %s, promised is: %s", p.Case, figures[i], p.Promised)
				}
			})
		}
	})
	out := table{head: []string{"who sends", "guaranteed", "measured"}}
	for i, p := range list {
		if figures[i] == "" {
			return // -run left it out
		}
		out.add([]string{p.Case, p.Promised, figures[i]})
	}
	fmt.Println(out)
	if *update {
		if err := insert(promiseDocs, "promises", "\n"+out.String()); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, documented, _, err := marked(promiseDocs, "promises")
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(string(documented), "\n|"); rows != len(list)+2 {
		t.Errorf("%s has %d rows, want %d: make gauntlet-docs writes it", promiseDocs, rows-2, len(list))
	}
	for _, p := range list {
		if !strings.Contains(string(documented), "| "+p.Case) || !strings.Contains(string(documented), " "+p.Promised+" |") {
			t.Errorf("%s does not have %q with %q: make gauntlet-docs writes it", promiseDocs, p.Case, p.Promised)
		}
	}
}
