package nested_test

import (
	"encoding/json"
	"testing"

	"github.com/arl-cli/arl/internal/nested"
)

func TestPut(t *testing.T) {
	t.Parallel()
	for _, tt := range [...]struct {
		keys []string
		want string // or the error
	}{
		{[]string{"a", "b"}, `{"a":0,"b":1}`},
		{[]string{"a[b][c]", "a[d]"}, `{"a":{"b":{"c":0},"d":1}}`},
		{[]string{"a[]", "a[]"}, `{"a":[0,1]}`},
		{[]string{"a[][k]", "a[][l]", "a[][k]"}, `{"a":[{"k":0,"l":1},{"k":2}]}`},
		{[]string{"a", "a"}, "it has a value already"},
		{[]string{"a", "a[b]"}, "it has a value already, which is not an object"},
		{[]string{"a[b]", "a[]"}, "it has a value already, which is not a list"},
		{[]string{"a[b"}, "its brackets do not match"},
		{[]string{"[a]"}, "not a key such as name, name[sub] or name[]"},
		{[]string{"a[][]"}, "a list in a list must be written as JSON, with --json"},
	} {
		root, err := map[string]any{}, error(nil)
		for i, key := range tt.keys {
			var path nested.Path
			if path, err = nested.ParsePath(key); err == nil {
				err = path.Put(root, i)
			}
		}
		text, _ := json.Marshal(root)
		got := string(text)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q = %s, want %s", tt.keys, got, tt.want)
		}
	}
}

func TestTyped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"true": true, "false": false, "null": nested.Null{}, "7": int64(7), "-7": int64(-7),
		"007": "007", "+7": "+7", "1.5": "1.5", "": "", "True": "True", "9223372036854775808": "9223372036854775808",
	} {
		if got := nested.Typed(text); got != want {
			t.Errorf("Typed(%q) = %v, want %v", text, got, want)
		}
	}
}
