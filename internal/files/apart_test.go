package files

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tree makes a directory with files of all sorts, and works in it.
func tree(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	must(t, errors.Join(os.WriteFile("in", []byte("x"), 0o600), os.Mkdir("dir", 0o700)))
	if runtime.GOOS != "windows" {
		must(t, errors.Join(os.Symlink("in", "link"), os.Link("in", "second"), os.Symlink("new", "dangling"), os.Symlink("dangling", "far"),
			os.Symlink("dir", "way"), os.Symlink("circle", "circle")))
	}
}

func TestApart(t *testing.T) { // not parallel: it changes the working directory
	tree(t)
	abs, err := filepath.Abs("new")
	must(t, err)
	for _, tt := range []struct {
		a, b  string
		clash bool
	}{
		{"in", "in", true},
		{"in", "./in", true},
		{"in", "dir/../in", true},
		{"new", "new", true},
		{"new", "dir/../new", true},
		{abs, "new", true},
		{"dir/new", "new", false},
		{"in", "new", false},
		{"nowhere/new", "nowhere/new", true},
		{"nowhere/new", "new", false},
		{"dir", "dir/.", true},
		{"", "", false},
		{os.DevNull, os.DevNull, false},
	} {
		checkClash(t, tt.a, tt.b, tt.clash)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, tt := range [][2]string{{"in", "link"}, {"in", "second"}, {"new", "dangling"}, {"dangling", "far"}, {"way/x", "dir/x"}, {"circle", "circle"}} {
		checkClash(t, tt[0], tt[1], true)
		checkClash(t, tt[1], tt[0], true)
	}
	checkClash(t, "circle", "new", false)
}

func checkClash(t *testing.T, a, b string, want bool) {
	t.Helper()
	err := Apart(Use{What: "-o", Name: a, Writes: true}, Use{What: "other", Name: "elsewhere"}, Use{What: "-i", Name: b})
	clash, is := errors.AsType[*ClashError](err)
	if is != want || is && (clash.A.What != "-o" || clash.B.What != "-i") {
		t.Errorf("%q and %q: %v, want a clash: %v", a, b, err, want)
	}
}

func TestMayBeTheSame(t *testing.T) {
	tree(t)
	file, err := os.OpenFile("in", os.O_RDWR, 0)
	must(t, err)
	defer file.Close()
	read, write := Use{What: "-i", Name: "in"}, Use{What: "-o", Name: "in", Writes: true}
	jar, cookies := Use{What: "-c", Name: "in", Writes: true, Beside: "-b"}, Use{What: "-b", Name: "in"}
	stdin, stdout := Use{What: "stdin", Stream: file}, Use{What: "stdout", Stream: file, Writes: true}
	for _, tt := range []struct {
		uses  []Use
		clash bool
	}{
		{[]Use{read, read}, false},
		{[]Use{read, write}, true},
		{[]Use{write, write}, true},
		{[]Use{cookies, jar}, false},
		{[]Use{jar, cookies}, false},
		{[]Use{jar, cookies, write}, true},
		{[]Use{jar, jar}, true},
		{[]Use{stdout, stdout}, false},
		{[]Use{stdin, write}, true},
		{[]Use{stdout, read}, true},
		{[]Use{stdout, {What: "-o", Name: "other", Writes: true}}, false},
		{nil, false},
	} {
		if err := Apart(tt.uses...); (err != nil) != tt.clash {
			t.Errorf("%v: %v, want a clash: %v", tt.uses, err, tt.clash)
		}
	}
}
