package manifests

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A cask is what Homebrew makes of arl.rb on one system.
type cask struct {
	Version     string
	URL         string
	SHA256      string
	Renames     [][2]string
	Binaries    []string
	Manpages    []string
	Completions map[string]string
}

// What the cask names is what is published for each system, and what it installs is there when Homebrew has unpacked it.
func TestCask(t *testing.T) {
	r := openRelease(t)
	tool(t, "ruby")
	for _, system := range []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64"} {
		t.Run(system, func(t *testing.T) {
			goos, goarch, _ := strings.Cut(system, "/")
			want := r.archive(goos, goarch)
			got := evalCask(t, filepath.Join(r.Dir, "homebrew", "Casks", "arl.rb"), goos, goarch)
			if got.Version != r.Version || got.URL != want.url || got.SHA256 != want.sha256 {
				t.Errorf("version %s, %s with SHA-256 %s; want %s, %s with %s",
					got.Version, got.URL, got.SHA256, r.Version, want.url, want.sha256)
			}
			staged := rename(want.files, got.Renames)
			if !slices.Equal(got.Binaries, []string{"arl"}) || staged["arl"].mode&0o111 == 0 {
				t.Errorf("binaries %q, of mode %v", got.Binaries, staged["arl"].mode)
			}
			var found []string
			for _, page := range got.Manpages {
				if len(staged[page].body) == 0 {
					t.Errorf("the page %s is not there", page)
				}
				found = append(found, path.Base(page))
			}
			if !slices.Equal(found, pages(t)) {
				t.Errorf("manual pages %q, want %q", found, pages(t))
			}
			for _, shell := range []string{"bash", "zsh", "fish"} {
				if len(staged[got.Completions[shell]].body) == 0 {
					t.Errorf("the completion for %s (%q) is not there", shell, got.Completions[shell])
				}
			}
		})
	}
}

// evalCask has Ruby evaluate the cask.
func evalCask(t *testing.T, file, goos, goarch string) (got cask) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ruby", "testdata/cask.rb", file, goos, goarch).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr(err))
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// rename moves files, and directories with what is in them, as the stanza of that name does.
func rename(files map[string]content, renames [][2]string) map[string]content {
	staged := make(map[string]content)
	for name, file := range files {
		for _, r := range renames {
			if name == r[0] || strings.HasPrefix(name, r[0]+"/") {
				name = r[1] + strings.TrimPrefix(name, r[0])
			}
		}
		staged[name] = file
	}
	return staged
}

func stderr(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(exit.Stderr)
	}
	return ""
}
