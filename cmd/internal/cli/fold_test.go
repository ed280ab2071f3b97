package cli

import (
	"strings"
	"testing"
)

func TestFillText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"one two three\nfour", "one two\nthree four"},
		{"one two\n\n  an example\n\nthree", "one two\n\n  an example\n\nthree"},
		{"Head\n  as it is, however long\nthe rest", "Head\n  as it is, however long\nthe rest"},
		{"Code:\n\n\tas it is too, with a tab\n", "Code:\n\n\tas it is too, with a tab\n"},
	} {
		if got := FillText(test.in, 10); got != test.want {
			t.Errorf("fillText(%q) =\n%s, want\n%s", test.in, got, test.want)
		}
	}
}

func TestFoldUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"Flags:\n", "Flags:\n"},
		{"  -a, --all   one two three four five six\n", "  -a, --all   one two three four\n              five six\n"},
		{"  arl get sandbox /items/1 --jq '.path, .n'\n", "  arl get sandbox /items/1 --jq '.path, .n'\n"},
		{"not one of them:   since it is not indented\n", "not one of them:   since it is not indented\n"},
		{"  -a   " + strings.Repeat("x", 40) + " y\n", "  -a   " + strings.Repeat("x", 40) + "\n       y\n"},
	} {
		if got := FoldUsage(test.in, 35); got != test.want {
			t.Errorf("foldUsage(%q) =\n%s, want\n%s", test.in, got, test.want)
		}
	}
}
