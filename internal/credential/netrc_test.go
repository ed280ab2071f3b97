package credential

import (
	"os"
	"path/filepath"
	"testing"
)

func TestParseNetrc(t *testing.T) {
	t.Parallel()
	const file = `# comment machine h login no password no
machine other login a password b
machine h
	login me # trailing
	password "pa \"ss\\#\t"
macdef init
machine h login macro password macro

machine H2 login x account y password z machine tokens password only
default login any password thing
machine late login l password p
machine alone login key
machine twice login key
machine twice login user password p
machine empty login key password ""
machine unquoted password "no end`
	for _, tt := range []struct {
		host     string
		fallback bool
		want     login
		ok       bool
	}{
		{"h", false, login{"me", "pa \"ss\\#\t"}, true},
		{"other", false, login{"a", "b"}, true},
		{"h2", true, login{"x", "z"}, true},
		{"tokens", false, login{"", "only"}, true},
		{"alone", false, login{"key", ""}, true},
		{"twice", false, login{"user", "p"}, true},
		{"empty", false, login{"key", ""}, true},
		{"late", false, login{"l", "p"}, true},
		{"late", true, login{"any", "thing"}, true}, // the first that matches
		{"unknown", false, login{}, false},
		{"unknown", true, login{"any", "thing"}, true},
		{"unquoted", false, login{"", "no end"}, true},
		{"login", false, login{}, false},
	} {
		if got, ok := parseNetrc(file, tt.host, tt.fallback); got != tt.want || ok != tt.ok {
			t.Errorf("parseNetrc of %s, %v = %+v, %v, want %+v, %v", tt.host, tt.fallback, got, ok, tt.want, tt.ok)
		}
	}
	for _, broken := range []string{"machine", "machine h login", "machine h password", "default", "\"", "macdef"} {
		if got, ok := parseNetrc(broken, "h", true); ok {
			t.Errorf("parseNetrc(%q) = %+v, want nothing", broken, got)
		}
	}
}

func FuzzParseNetrc(f *testing.F) {
	f.Add("machine h login a password b")
	f.Add("machine \"h\\n login\nmacdef x\n\ndefault")
	f.Fuzz(func(t *testing.T, text string) {
		if l, ok := parseNetrc(text, "h", true); ok && l == (login{}) {
			t.Errorf("a login of nothing in %q", text)
		}
	})
}

func TestNetrcFile(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	file := filepath.Join(home, ".netrc")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{"": file, "/else": "/else"} {
		getenv := func(name string) string {
			return map[string]string{"HOME": home, "USERPROFILE": home, "NETRC": value}[name]
		}
		if got := NetrcFile(getenv); got != want {
			t.Errorf("NetrcFile with NETRC=%q = %q, want %q", value, got, want)
		}
	}
	if got := NetrcFile(func(string) string { return "" }); got != "" {
		t.Errorf("NetrcFile without a home = %q", got)
	}
}
