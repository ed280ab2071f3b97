package jsonpath

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseJSONPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{".", ""},
		{".a", "a"},
		{".a.b_2", "a b_2"},
		{`."a.b"."\u00e4"[0].c`, "a.b ä 0 c"},
		{".[0]", "0"},
		{".a[-1].id", "a -1 id"},
		{`.a."b c"`, "a b c"},
	} {
		path, err := Parse(test.text)
		var words []string
		for _, step := range path {
			if step.Name != nil {
				words = append(words, *step.Name)
			} else {
				words = append(words, fmt.Sprint(step.Index))
			}
		}
		if got := strings.Join(words, " "); err != nil || got != test.want {
			t.Errorf("%s: %q, %v", test.text, got, err)
		}
	}
	if path, err := Parse(".a[].b"); err == nil {
		t.Errorf("a path to one value leads to several: %v", path)
	}
	if path, err := ParseAll(".a[].b[0]"); err != nil || len(path) != 4 || !path[1].Each || path[3].Each {
		t.Errorf("ParseJSONPaths = %v, %v", path, err)
	}
	for _, text := range []string{"", "a", "..", ".a.", ".a..b", ".a-b", ".a[", ".a[]", ".a[x]", `."a`, ".a b", ".a | .b", ".a?", ".[0]x", `."a"b`} {
		if path, err := Parse(text); err == nil {
			t.Errorf("%s: %v", text, path)
		}
	}
}
