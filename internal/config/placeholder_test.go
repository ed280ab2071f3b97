package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		paths       []string
		path        string
		want        string
		wantNothing bool
	}{
		{name: "{base}", paths: []string{"/{base}/**"}, path: "/app1/Table", want: "app1"},
		{name: "{base}", paths: []string{"/{base}/**"}, path: "/app1", want: "app1"},
		{name: "{base}", paths: []string{"/{base}/**"}, path: "/app1/", want: "app1"},
		{name: "{base}", paths: []string{"/{base}/**"}, path: "app1/Table", want: "app1"},
		{name: "{base}", paths: []string{"/{base}/**"}, path: "/", wantNothing: true},
		{name: "{base}", paths: []string{"/{base}/**"}, path: "//x", wantNothing: true},
		{name: "{base}", paths: []string{"/{base}"}, path: "/app1/Table", wantNothing: true},
		{name: "{method}", paths: []string{"/{method}"}, path: "/chat.postMessage", want: "chat.postMessage"},
		{name: "{id}", paths: []string{"/a/*/{id}/x", "/b/{id}"}, path: "/a/1/2/x", want: "2"},
		{name: "{id}", paths: []string{"/a/*/{id}/x", "/b/{id}"}, path: "/b/3", want: "3"},
		{name: "{owner}.{repo}", paths: []string{"/repos/{owner}/{repo}/**"}, path: "/repos/o/r/issues", want: "o.r"},
		{name: "{b}-{a}", paths: []string{"/{a}/{b}"}, path: "/1/2", want: "2-1"},
		{name: "repo-{r}", paths: []string{"/{r}"}, path: "/x%2Fy", want: "repo-x%2Fy"},
		{name: "write", paths: []string{"/{x}"}, path: "/1", wantNothing: true},
		{name: "write", path: "/1", want: "write"},
	}
	for _, tt := range tests {
		p := newPattern(&Bucket{Name: tt.name, Paths: tt.paths})
		got, ok := p.match(tt.path)
		if got != tt.want || ok == tt.wantNothing {
			t.Errorf("%s of %q: match(%q) = %q, %v, want %q", tt.name, tt.paths, tt.path, got, ok, tt.want)
		}
	}
}

func TestKeyText(t *testing.T) {
	t.Parallel()
	const long = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg"
	for name, want := range map[string]string{
		"appXyZ01":   "appXyZ01",
		"a%20b":      "a%20b",
		"a@b/c*":     "a%40b%2Fc%2A",
		"{base}":     "%7Bbase%7D",
		"..":         "..",
		"tab\tä":     "tab%09%C3%A4",
		long:         long,
		long + "1":   long[:55] + "~b8ce0208",
		long + "2":   long[:55] + "~74709493",
		"v1:x(y);z,": "v1%3Ax%28y%29%3Bz%2C",
	} {
		if got := KeyText(name); got != want {
			t.Errorf("keyText(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPlaceholderProblems(t *testing.T) {
	t.Parallel()
	const head = "apis:\n  my-api:\n    base_url: https://api.example.com\n    buckets: "
	const at = "apis.my-api.buckets[0]"
	tests := []struct{ text, want string }{
		{`[{name: "{base}", paths: ["/{base}/**", "/x/{base}"]}]`, ""},
		{`[{name: "r-{a}.{b}", paths: ["/{a}/*/{b}"], cost: 5}]`, ""},
		{`[{name: "{base}"}]`, `4:15: ` + at + `.paths: missing: the segment that {base} stands for`},
		{`[{name: "{base}", paths: [/x]}]`, `4:40: ` + at + `.paths[0]: "/x" has no segment {base}, which is in the bucket's name`},
		{`[{name: a, paths: ["/{base}"]}]`, `4:33: ` + at + `.paths[0]: "{base}" is not in the bucket's name; use * for any segment`},
		{`[{name: "{a}", paths: ["/x{a}"]}]`, `4:37: ` + at + `.paths[0]: "x{a}": a placeholder must be a whole segment, like {base}`},
		{`[{name: "{a}", paths: ["/**/{a}"]}]`, `4:37: ` + at + `.paths[0]: "{a}" must precede **, which matches any number of segments`},
		{`[{name: "{a}", paths: ["/{a}/{a}"]}]`, `4:37: ` + at + `.paths[0]: duplicate placeholder "{a}"`},
		{`[{name: "{a", paths: [/x]}]`, `4:22: ` + at + `.name: "{a" is not a valid name: a placeholder is a word in braces, like {base}`},
		{`[{name: "{}", paths: [/x]}]`, `4:22: ` + at + `.name: "{}" is not a valid name: a placeholder is a word in braces, like {base}`},
		{`[{name: "{a}", paths: ["/{a}"]}, {name: "{b}", paths: ["/x/{b}"]}]`, `4:54: apis.my-api.buckets[1].name: duplicate bucket "{b}"`},
		{`[{name: a, cost: -1}]`, `4:31: ` + at + `.cost: -1 is not between 0 and 1000`},
		{"[]\n    never_retry: [{status: 400, all_buckets: true}]", `5:46: apis.my-api.never_retry[0].all_buckets: is only used in throttle_when`},
	}
	for _, tt := range tests {
		want := tt.want
		if want != "" {
			want = "config.yaml:" + want
		}
		_, err := parse(head + tt.text)
		if diff := cmp.Diff(want, text(err)); diff != "" {
			t.Errorf("parse(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}
