package jsonpath

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func found(t *testing.T, path, body string) (values []string) {
	t.Helper()
	p, err := ParseAll(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Scan([]byte(body), func(text string) bool { values = append(values, text); return true })
	return values
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, body string
		want       []string
	}{
		{".a", `{"a":"x"}`, []string{"x"}},
		{".a", "\ufeff {\"b\": {\"a\": 1}, \"a\" : 1.50}", []string{"1.50"}},
		{".a", `{"a":true,"a":false}`, []string{"true", "false"}},
		{".a", `{"a":null}`, nil},
		{".a", `{"a":{"a":1}}`, nil},
		{".a", `[{"a":1}]`, nil},
		{".", `"x"`, []string{"x"}},
		{".a.b", `{"a":[{"b":1}]}`, nil},
		{".a[].b", `{"a":[{"b":1},{"c":2},3,{"b":"\u0034"}]}`, []string{"1", "4"}},
		{".a[1].b", `{"a":[{"b":1},{"b":2},{"b":3}]}`, []string{"2"}},
		{".[][]", `[[1],[],[2,[3]],4]`, []string{"1", "2"}},
		{".a", `{"\u0061":"x"}`, []string{"x"}},
		{`."a/b"`, `{"a\/b":"x"}`, []string{"x"}},
		{".a[]", `{"a":["x","y"`, []string{"x", "y"}}, // cut off
		{".a[]", `{"a":["x","y`, []string{"x"}},
		{".b", `{"a":<html>,"b":1}`, nil},
		{".a", `a`, nil},
		{".a", ``, nil},
	} {
		if got := found(t, tt.path, tt.body); !slices.Equal(got, tt.want) {
			t.Errorf("%s in %s: %q, want %q", tt.path, tt.body, got, tt.want)
		}
	}
}

// Whatever a body is, reading it ends, and of valid JSON no value is missed.
func FuzzScan(f *testing.F) {
	f.Add(`{"a":[{"b":"x"},1]}`)
	f.Add(`{"a":["x"`)
	f.Add(strings.Repeat("[", 20000))
	p, err := ParseAll(".a[].b")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		n := 0
		p.Scan([]byte(body), func(string) bool { n++; return true })
		var whole struct {
			A []struct {
				B *string `json:"b"`
			} `json:"a"`
		}
		if json.Unmarshal([]byte(body), &whole) == nil && len(whole.A) == 1 && whole.A[0].B != nil && n == 0 && strings.Contains(body, `"a"`) && strings.Contains(body, `"b"`) && !strings.Contains(body, "A") && !strings.Contains(body, "B") {
			t.Errorf("%s: nothing found", body)
		}
	})
}
