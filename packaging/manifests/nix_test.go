//go:build linux

package manifests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A derivation is what Nix would build.
type derivation struct {
	Pname, Version, SourceRoot, InstallPhase string
	Src                                      struct{ URL, SHA256 string }
	Meta                                     struct {
		License   string
		Platforms []string
	}
}

// What Nix is told of each system is what is published for it; its install phase, run on the archive, is complete.
func TestNix(t *testing.T) {
	r := openRelease(t)
	tool(t, "nix-instantiate")
	for system, goarch := range map[string]string{
		"x86_64-linux": "linux/amd64", "aarch64-linux": "linux/arm64", "x86_64-darwin": "darwin/amd64", "aarch64-darwin": "darwin/arm64",
	} {
		t.Run(system, func(t *testing.T) {
			goos, goarch, _ := strings.Cut(goarch, "/")
			want := r.archive(goos, goarch)
			got := instantiate(t, r, system)
			if got.Pname != "arl" || got.Version != r.Version || got.Meta.License != "MIT" || len(got.Meta.Platforms) != 4 {
				t.Errorf("%+v", got)
			}
			hash := convertHash(t, got.Src.SHA256)
			if got.Src.URL != want.url || hash != want.sha256 {
				t.Errorf("%s with %s, want %s with %s", got.Src.URL, hash, want.url, want.sha256)
			}
			checkInstalled(t, "", runInArchive(t, want, got.SourceRoot, got.InstallPhase), "share/bash-completion/completions/arl.bash")
		})
	}
}

// instantiate has Nix evaluate the package, with as much of nixpkgs as it uses.
func instantiate(t *testing.T, r *release, system string) (got derivation) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join(r.Dir, "nix", "pkgs", "arl", "default.nix"))
	if err != nil {
		t.Fatal(err)
	}
	out := nix(t, "nix-instantiate", "--eval", "--strict", "--json", "testdata/nixpkgs.nix",
		"--argstr", "file", file, "--argstr", "system", system)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// convertHash turns Nix's own base 32 into what everyone else writes.
func convertHash(t *testing.T, hash string) string {
	t.Helper()
	return strings.TrimSpace(string(nix(t, "nix-hash", "--type", "sha256", "--to-base16", hash)))
}

func nix(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+dir, "NIX_STORE_DIR="+dir+"/store", "NIX_STATE_DIR="+dir+"/state", "NIX_LOG_DIR="+dir+"/log")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr(err))
	}
	return out
}

// runInArchive runs a script in a directory of the unpacked archive, and returns what it has installed in $out.
func runInArchive(t *testing.T, from archive, at, script string) map[string]content {
	t.Helper()
	dir := t.TempDir()
	for name, file := range from.files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, to, file.body)
		if err := os.Chmod(to, file.mode); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	cmd.Dir = filepath.Join(dir, at)
	cmd.Env = append(os.Environ(), "out="+out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, said)
	}
	return filesBelow(t, out)
}

func filesBelow(t *testing.T, dir string) map[string]content {
	t.Helper()
	files := make(map[string]content)
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		files[filepath.ToSlash(strings.TrimPrefix(name, dir+string(filepath.Separator)))] = content{info.Mode(), text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
