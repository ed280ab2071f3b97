package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func newAPI(name string) Entry {
	return NewEntry(name, Setting{"base_url", "https://api.example.com/v1"}, Setting{"max_rate", 2.5},
		Setting{"limits", []string{"60/1m", "1000/1h"}}, Setting{"documented_limit_desc", `5 {req}, "say": #1`},
		Setting{"auth", []Setting{{"type", "bearer"}, {"env", []string{"MY_TOKEN"}}}})
}

const newText = `  new:
    base_url: https://api.example.com/v1
    max_rate: 2.5
    limits: [60/1m, 1000/1h]
    documented_limit_desc: '5 {req}, "say": #1'
    auth: {type: bearer, env: [MY_TOKEN]}
`

func TestInserted(t *testing.T) {
	t.Parallel()
	deeper := strings.ReplaceAll(newText, "  new:", "      new:")
	deeper = strings.ReplaceAll(deeper, "\n    ", "\n        ")
	tests := []struct{ name, before, after string }{
		{"nothing", "", "apis:\n" + newText},
		{"comments", "# mine\n", "# mine\napis:\n" + newText},
		{"no final newline", "# mine", "# mine\napis:\n" + strings.TrimSuffix(newText, "\n")},
		{"start of a document", "---\n", "---\napis:\n" + newText},
		{"another key", "store: file\n", "store: file\napis:\n" + newText},
		{"apis without any", "apis:\n", "apis:\n" + newText},
		{"apis without any, comment", "apis: # mine\n\nstore: file\n", "apis: # mine\n" + newText + "\nstore: file\n"},
		{"apis without any, no newline", "apis:", "apis:\n" + strings.TrimSuffix(newText, "\n")},
		{"behind the last", "apis:\n  notion: {max_rate: 3}\n", "apis:\n  notion: {max_rate: 3}\n" + newText},
		{"behind the last, no newline", "apis:\n  notion: {max_rate: 3} # x", "apis:\n  notion: {max_rate: 3} # x\n" + strings.TrimSuffix(newText, "\n")},
		{"before the next key's comment", "apis:\n  notion:\n    max_rate: 3\n\n# where\nstore: file\n", "apis:\n  notion:\n    max_rate: 3\n" + newText + "\n# where\nstore: file\n"},
		{"behind a comment of its own", "apis:\n  notion:\n    max_rate: 3\n  # slack: {}\n\n", "apis:\n  notion:\n    max_rate: 3\n  # slack: {}\n" + newText + "\n"},
		{"after a string of several lines", "apis:\n  notion:\n    documented_limit_desc: |\n      a\n      # b\n\nstore: file\n", "apis:\n  notion:\n    documented_limit_desc: |\n      a\n      # b\n" + newText + "\nstore: file\n"},
		{"after a string that keeps its trailing lines", "apis:\n  notion:\n    documented_limit_desc: |+\n      a\n\n", "apis:\n  notion:\n    documented_limit_desc: |+\n      a\n\n" + newText},
		{"windows", "apis:\r\n  notion: {max_rate: 3}\r\n", "apis:\r\n  notion: {max_rate: 3}\r\n" + strings.ReplaceAll(newText, "\n", "\r\n")},
		{"wide", "apis:\n      notion: {max_rate: 3}\n", "apis:\n      notion: {max_rate: 3}\n" + deeper},
		{"not wide at all", "apis:\n notion: {max_rate: 3}\n", "apis:\n notion: {max_rate: 3}\n" + strings.ReplaceAll(strings.ReplaceAll(newText, "  new", " new"), "\n    ", "\n   ")},
		{"braces", "apis: {notion: {max_rate: 3}}\n", "apis: {new: {base_url: 'https://api.example.com/v1', max_rate: 2.5, limits: [60/1m, 1000/1h], documented_limit_desc: '5 {req}, \"say\": #1', auth: {type: bearer, env: [MY_TOKEN]}}, notion: {max_rate: 3}}\n"},
	}
	for _, tt := range tests {
		got, err := inserted("config.yaml", []byte(tt.before), []Entry{newAPI("new")})
		if err != nil || string(got) != tt.after {
			t.Errorf("%s: %v, got:\n%s\nwant:\n%s", tt.name, err, got, tt.after)
		}
	}
}

func TestInsertedInBraces(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"{}", "apis: {}", "{apis: {}}\n", "{\"store\": \"file\"}", "apis:\n  {}\n", "apis: { # ü {\n\t}\n", "\"apis\": {\"notion\": {\"max_rate\": 3}}"} {
		got, err := inserted("config.yaml", []byte(before), []Entry{newAPI("new"), newAPI("other")})
		if err != nil {
			t.Errorf("%q: %v", before, err)
			continue
		}
		holdsNew(t, []byte(before), got, "new", "other")
	}
}

func TestInsertedErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		before, want string
		entries      []Entry
	}{
		{"apis:\n  new: {base_url: http://a}\n", "config.yaml:2:3: apis.new: exists already; change it here", nil},
		{"apis: {new: {base_url: 'http://a'}, other: {base_url: 'http://a'}}", "config.yaml:1:8: apis.new: exists already; change it here\nconfig.yaml:1:37: apis.other: exists already; change it here", []Entry{newAPI("new"), newAPI("other")}},
		{"apis:\n  x: {base_ulr: http://a}\n", "config.yaml:2:7: apis.x.base_ulr: unknown key, did you mean base_url?", nil},
		{"apis: [\n", "config.yaml:1:1: did not find expected node content", nil},
		{"apis: null # none\n", "config.yaml has a layout that arl cannot insert into", nil},
		{"~\n", "config.yaml has a layout that arl cannot insert into", nil},
		{"store: file\n...\n", "config.yaml has a layout that arl cannot insert into", nil},
		{"", "apis.new.base_url: must begin with https:// or http://", []Entry{NewEntry("new", Setting{"base_url", "ftp://x"})}},
		{"", "apis.new: base_url is required, as this API is not built in", []Entry{NewEntry("new", Setting{"max_rate", 1.0})}},
		{"", "apis.New: not a valid name for an api", []Entry{NewEntry("New", Setting{"base_url", "http://a"})}},
		{"", "apis.new: duplicate entry", []Entry{newAPI("new"), newAPI("new")}},
	} {
		if tt.entries == nil {
			tt.entries = []Entry{newAPI("new")}
		}
		got, err := inserted("config.yaml", []byte(tt.before), tt.entries)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || got != nil {
			t.Errorf("%q: %v, want %s\n%s", tt.before, err, tt.want, got)
		}
	}
}

// holdsNew checks that after is before with one piece of text more, and says what before said and the
// new profiles.
func holdsNew(t interface {
	Helper()
	Fatalf(string, ...any)
}, before, after []byte, names ...string,
) {
	t.Helper()
	front := 0
	for front < len(before) && front < len(after) && before[front] == after[front] {
		front++
	}
	back := 0
	for back < len(before)-front && before[len(before)-1-back] == after[len(after)-1-back] {
		back++
	}
	if front+back != len(before) || len(after) <= len(before) {
		t.Fatalf("%q became %q: more than one piece of text is new", before, after)
	}
	old, r := NewRegistry(), NewRegistry()
	if err := errors.Join(old.override("f", before), r.override("f", after)); err != nil {
		t.Fatalf("%q became %q: %v", before, after, err)
	}
	for _, name := range old.Names() {
		a, _ := old.Profile(name)
		b, err := r.Profile(name)
		if err != nil || valuesText(a) != valuesText(b) {
			t.Fatalf("%q became %q: %s is another", before, after, name)
		}
	}
	want := "base_url=https://api.example.com/v1 max_rate=2.5 limits[0]=60/1m limits[1]=1000/1h " +
		`documented_limit_desc=5 {req}, "say": #1 auth.type=bearer auth.env[0]=MY_TOKEN `
	for _, name := range names {
		if p, err := r.Profile(name); err != nil || valuesText(p) != want {
			t.Fatalf("%q became %q: %v, %s is not as it was meant", before, after, err, name)
		}
	}
	if old.Store() != r.Store() {
		t.Fatalf("%q became %q: the store is another", before, after)
	}
}

func valuesText(p *Profile) string {
	var b strings.Builder
	for _, v := range p.Values() {
		b.WriteString(v.Path + "=" + v.Text + " ")
	}
	return b.String()
}

// Whatever a valid configuration looks like: it is added to, or left alone with an error that says so.
// Only ways to write that no person uses are left alone.
func TestInsertedChangesNothingElse(t *testing.T) {
	t.Parallel()
	pick := func(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "piece") }
	rapid.Check(t, func(t *rapid.T) {
		indent := pick(t, " ", "  ", "    ")
		comment := func() string {
			return pick(t, "", "", "\n", "  \n", "# ünï {\n", indent+"# x: {}\n", indent+indent+"# y\n", "#\tapis:\n", "\n\n# z\n")
		}
		profile := func(name string) string {
			head := indent + pick(t, name, `"`+name+`"`, "'"+name+"'") + ":"
			return head + pick(t,
				" {max_rate: 3}\n", " # c\n"+indent+indent+"max_rate: 3\n", "\n"+indent+indent+"max_rate: 3\t# tab\n",
				"\n"+indent+indent+"documented_limit_desc: |\n"+indent+indent+"  a\n"+indent+indent+"  # b\n\n",
				"\n"+indent+indent+"documented_limit_desc: >-\n"+indent+indent+"   a\n\n"+indent+indent+"   b\n",
				"\n"+indent+indent+"documented_limit_desc: |+\n"+indent+indent+"  a\n\n\n",
				"\n"+indent+indent+"documented_limit_desc: a\n"+indent+indent+"  b #c\n",
				"\n"+indent+indent+"idempotent_posts:\n"+indent+indent+"- /a\n"+indent+indent+"-   /b\n",
				" &"+name+"\n"+indent+indent+"max_rate: 3\n",
			)
		}
		list := pick(t, "apis:\n", "apis:  # mine\n", "\"apis\":\n", "apis: &a\n", "apis: !!map\n") + comment() + profile("notion") + comment()
		if rapid.Bool().Draw(t, "two") {
			list += profile("slack") + comment()
		}
		list = rapid.SampledFrom([]string{list, list, list, "", "apis:\n", "apis: {}\n", "apis: {notion: {max_rate: 3}, slack: {}}\n", "apis:" + " # none\n"}).Draw(t, "list")
		store := pick(t, "", "store: file\n", "store: \"memory\" # c\n")
		text := pick(t, "", "", "---\n", "# top\n---\n", "%YAML 1.1\n---\n", "\xef\xbb\xbf") + comment()
		if rapid.Bool().Draw(t, "store first") {
			text += store + comment() + list
		} else {
			text += list + store
		}
		text += comment()
		if rapid.Bool().Draw(t, "no end") {
			text = strings.TrimSuffix(text, "\n")
		}
		text = strings.ReplaceAll(text, "\n", pick(t, "\n", "\n", "\r\n", "\r"))
		if NewRegistry().override("f", []byte(text)) != nil {
			t.Skip("not a configuration")
		}
		got, err := inserted("f", []byte(text), []Entry{newAPI("new"), newAPI("other")})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		holdsNew(t, []byte(text), got, "new", "other")
	})
}

func TestInsertKeepsTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(target, []byte("# mine\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Skip(err)
	}
	if err := Insert(link, newAPI("new")); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "real.yaml" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if fi, err := os.Stat(target); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v, want 0640", fi.Mode(), err)
	}
	if text, err := os.ReadFile(target); string(text) != "# mine\napis:\n"+newText {
		t.Errorf("text %q, %v", text, err)
	}
	if err := Insert(link, newAPI("new")); err == nil || !strings.Contains(err.Error(), "config.yaml:3:3: apis.new") {
		t.Errorf("Insert again = %v, want file and line", err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Errorf("%d files in the directory, want 2", len(files))
	}
}

// Many at once: each finds its profile there in the end.
func TestInsertAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "arl", "config.yaml")
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			if err := Insert(path, newAPI(name)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	r, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := r.Profile(name); err != nil {
			t.Error(err)
		}
	}
	if fi, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", fi.Mode(), err)
	}
}

func TestReadOverrides(t *testing.T) {
	t.Parallel()
	text := "\xef\xbb\xbf{\n\t\"notion\": {\"initial_rate\": 1e0, \"max_rate\": null},\n\t\"new\": {\"base_url\": \"https:\\/\\/a.example\", \"headers\": {\"A\": \"\\ud83d\\ude00\"}, \"limits\": [\"60/1m\"]}\n}"
	entries, err := ReadOverrides("o.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := inserted("config.yaml", []byte("apis: # mine\n"), entries)
	want := "apis: # mine\n  notion:\n    initial_rate: 1e0\n    max_rate: null\n  new:\n    base_url: https://a.example\n    headers: {A: \"\\U0001F600\"}\n    limits: [60/1m]\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, got, want)
	}
	if entries, err := ReadOverrides("o.json", []byte("{}")); err != nil || len(entries) != 0 {
		t.Errorf("ReadOverrides({}) = %v, %v", entries, err)
	}
}

func TestReadOverridesSaysWhere(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		``:                               "o.json:1:1: invalid JSON: unexpected end of JSON input",
		`{"a": `:                         "o.json:1:6: invalid JSON: unexpected end of JSON input",
		"{\n \"a\": {x}}":                "o.json:2:8: invalid JSON: invalid character 'x'",
		`{} {}`:                          "o.json:1:4: invalid JSON: invalid character '{' after top-level value",
		`[]`:                             "o.json:1:1: want a mapping, got a list",
		"{\"new\": {\n\"base_ulr\": 1}}": "o.json:2:1: apis.new.base_ulr: unknown key, did you mean base_url?",
		`{"notion": {"max_rate": "x"}}`:  "o.json:1:25: apis.notion.max_rate: want a number, got a string",
		`{"notion": {"max_rate": -1}}`:   "o.json:1:25: apis.notion.max_rate: -1 must be greater than 0",
		`{"notion": null}`:               "o.json:1:12: apis.notion: want a mapping, got nothing",
		`{"notion": {}, "notion": {}}`:   "o.json:1:16: notion: duplicate key, first in line 1",
		`{"new": {"max_rate": 1}}`:       "o.json:1:2: apis.new: base_url is required, as this API is not built in",
		strings.Repeat("[", 200) + strings.Repeat("]", 200):                                      "o.json:1:102: nested too deeply",
		`{"a": {"base_url": "http://a"},` + "\n" + `"b": {"base_url": 7}, "c": {"burst": true}}`: "o.json:2:19: apis.b.base_url: ",
	} {
		_, err := ReadOverrides("o.json", []byte(in))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("ReadOverrides(%.60q) = %v, want %s", in, err, want)
		}
	}
}

// Whatever the file contains: no panic, and what is accepted can be inserted.
func FuzzReadOverrides(f *testing.F) {
	f.Add([]byte(`{"notion": {"max_rate": 1}, "new": {"base_url": "http://a", "headers": {"a": "b"}}}`))
	f.Add([]byte(`{"a": {"base_url": "http://a", "auth": {"type": "bearer", "env": ["\u0085#: x"]}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := ReadOverrides("f", text)
		if err != nil || len(entries) == 0 {
			return
		}
		out, err := inserted("f", []byte("# mine\n"), entries)
		if err != nil {
			t.Fatalf("%q is taken, but: %v", text, err)
		}
		if !bytes.HasPrefix(out, []byte("# mine\n")) {
			t.Errorf("%q became %q", text, out)
		}
	})
}
