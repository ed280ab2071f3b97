//go:build linux

package manifests

import (
	"archive/tar"
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// makepkg builds a package out of the PKGBUILD, checks the archive's hash for it, and what it installs is complete.
func TestAURPackage(t *testing.T) {
	r := openRelease(t)
	tool(t, "makepkg")
	tool(t, "bsdtar")
	dir := aurDir(t, r)
	makepkg(t, dir, "--nodeps")
	built, err := filepath.Glob(filepath.Join(dir, "*.pkg.tar"))
	if err != nil || len(built) != 1 {
		t.Fatalf("%q (%v)", built, err)
	}
	text, err := os.ReadFile(built[0])
	if err != nil {
		t.Fatal(err)
	}
	files, err := entries(tar.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	checkInstalled(t, "usr/", files, "usr/share/bash-completion/completions/arl", "usr/share/licenses/arl-bin/LICENSE")
}

// What AUR shows of the package, .SRCINFO, is what makepkg says of the PKGBUILD, for both architectures.
func TestAURSource(t *testing.T) {
	r := openRelease(t)
	tool(t, "makepkg")
	got := r.read("aur/arl-bin.srcinfo")
	if want := makepkg(t, aurDir(t, r), "--printsrcinfo"); !slices.Equal(facts(got), facts(want)) {
		t.Errorf("arl-bin.srcinfo:\n%s\nmakepkg says:\n%s", got, want)
	}
	for arch, goarch := range map[string]string{"x86_64": "amd64", "aarch64": "arm64"} {
		want := r.archive("linux", goarch)
		for _, line := range []string{"source_" + arch + " = " + want.url, "sha256sums_" + arch + " = " + want.sha256} {
			if !slices.ContainsFunc(facts(got), func(fact string) bool { return fact == line || strings.HasSuffix(fact, "::"+want.url) }) {
				t.Errorf("%q is not in:\n%s", line, got)
			}
		}
	}
}

// facts are the lines, sorted, without what a download is called here.
func facts(srcinfo []byte) []string {
	var list []string
	for line := range strings.Lines(string(srcinfo)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if _, url, named := strings.Cut(value, "::"); named {
			value = url
		}
		if ok {
			list = append(list, key+" = "+value)
		}
	}
	return slices.Sorted(slices.Values(list))
}

// aurDir is a clone of the package's repository as somebody makes it who builds there, with the archive downloaded.
func aurDir(t *testing.T, r *release) string {
	t.Helper()
	dir := t.TempDir()
	text := r.read("aur/arl-bin.pkgbuild")
	put(t, filepath.Join(dir, "PKGBUILD"), text)
	want := r.archive("linux", runtime.GOARCH)
	body, err := os.ReadFile(want.path)
	if err != nil {
		t.Fatal(err)
	}
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	put(t, filepath.Join(dir, "arl-bin_"+strings.ReplaceAll(r.Version, "-", "_")+"_"+arch+".tar.gz"), body)
	return dir
}

func put(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// makepkg refuses to run as root, so then it runs as nobody.
func makepkg(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "makepkg", args...)
	cmd.Dir = dir
	// The package depends on nothing, so that pacman is not asked: any program does.
	cmd.Env = append(os.Environ(), "PACMAN=true", "HOME="+dir, "PKGEXT=.pkg.tar", "PKGDEST="+dir, "SRCDEST="+dir, "BUILDDIR="+dir, "SOURCE_DATE_EPOCH=0")
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		for _, at := range []string{dir, filepath.Dir(dir)} { // a test's directories are closed to other users
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("makepkg %q: %v\n%s%s", args, err, out, errs.Bytes())
	}
	return out
}

// checkInstalled looks for the program, every manual page and the completions, and for files that are named besides.
func checkInstalled(t *testing.T, prefix string, files map[string]content, more ...string) {
	t.Helper()
	if files[prefix+"bin/arl"].mode&0o777 != 0o755 {
		t.Errorf("bin/arl has mode %v, in %q", files[prefix+"bin/arl"].mode, slices.Sorted(maps.Keys(files)))
	}
	want := append(more, prefix+"share/zsh/site-functions/_arl", prefix+"share/fish/vendor_completions.d/arl.fish")
	for _, page := range pages(t) {
		want = append(want, prefix+"share/man/man"+page[len(page)-1:]+"/"+page)
	}
	for _, name := range want {
		if len(files[name].body) == 0 && len(files[name+".gz"].body) == 0 {
			t.Errorf("%s is not installed; there are %q", name, slices.Sorted(maps.Keys(files)))
		}
	}
}
