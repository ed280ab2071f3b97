package browser

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ system, env, installed, want string }{
		{"linux", "DISPLAY=:0", "xdg-open", "xdg-open"},
		{"linux", "WAYLAND_DISPLAY=wayland-0", "x-www-browser", "x-www-browser"},
		{"linux", "DISPLAY=:0", "", ""},
		{"linux", "", "xdg-open", ""},
		{"linux", "", "wslview", "wslview"},
		{"linux", "DISPLAY=:10 SSH_CONNECTION=1", "xdg-open", ""},
		{"linux", "SSH_TTY=/dev/pts/0 BROWSER=helper", "helper", "helper"},
		{"linux", "BROWSER=w3m" + string(filepath.ListSeparator) + "firefox+-P+work", "firefox", "firefox -P work"},
		{"linux", "BROWSER=w3m DISPLAY=:0", "xdg-open", ""}, // somebody who names one wants no other
		{"darwin", "", "", "open"},
		{"darwin", "SSH_TTY=/dev/ttys001", "", ""},
		{"windows", "", "", "rundll32 url.dll,FileProtocolHandler"},
	} {
		getenv := func(name string) string {
			for v := range strings.FieldsSeq(c.env) {
				if value, ok := strings.CutPrefix(v, name+"="); ok {
					return strings.ReplaceAll(value, "+", " ")
				}
			}
			return ""
		}
		got, err := find(c.system, getenv, func(name string) bool { return name == c.installed })
		if strings.Join(got, " ") != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	page := "https://a.example/?x=1&y=$(touch z)"
	if got := (Command{"open"}).with(page); !slices.Equal(got, []string{"open", page}) {
		t.Errorf("got %q", got)
	}
	if got := (Command{"run", "--app=%s", "-q"}).with(page); !slices.Equal(got, []string{"run", "--app=" + page, "-q"}) {
		t.Errorf("got %q", got)
	}
}

// No shell reads a page's URL.
func TestOpenIsNoShell(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("uses cp and touch")
	}
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	if err := <-(Command{"touch", "--"}).Open(t.Context(), made+";$(touch "+filepath.Join(dir, "shell")+")"); err == nil {
		t.Error("a name with slashes in it was made")
	}
	if err := <-(Command{"touch"}).Open(t.Context(), made); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v, want only what the command made", entries, err)
	}
	if err := <-(Command{filepath.Join(dir, "nothing")}).Open(t.Context(), "https://a.example/"); err == nil {
		t.Error("no error of a program that is not there")
	}
}
