//go:build linux

package manifests

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A config is what goreleaser is told, as far as these tests read it: our part of each manifest. Its own part, URLs and
// hashes, is tested on what it makes of this.
type config struct {
	Archives []struct {
		Wrap  string `yaml:"wrap_in_directory"`
		Files []struct{ Src string }
	}
	SBOMs []struct{ Args []string }
	Casks []struct {
		manifest    `yaml:",inline"`
		CustomBlock string `yaml:"custom_block"`
		Manpages    []string
		Completions map[string]string
	} `yaml:"homebrew_casks"`
	Scoops []manifest
	Winget []struct {
		manifest         `yaml:",inline"`
		Publisher        string
		Identifier       string `yaml:"package_identifier"`
		ShortDescription string `yaml:"short_description"`
	}
	AURs []struct {
		manifest `yaml:",inline"`
		Package  string
	}
	Nix []struct {
		manifest `yaml:",inline"`
		Install  string
	}
}

// A manifest is what all of them have in common.
type manifest struct {
	SkipUpload  bool `yaml:"skip_upload"`
	Repository  struct{ Owner, Name string }
	Homepage    string
	Description string
	License     string
}

const testVersion = "1.2.3"

func readConfig(t *testing.T) (c config) {
	t.Helper()
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), "{{ .Version }}", testVersion))
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Archives) != 1 || len(c.Casks) != 1 || len(c.Scoops) != 1 || len(c.Winget) != 1 || len(c.AURs) != 1 || len(c.Nix) != 1 || len(c.SBOMs) != 1 {
		t.Fatalf("of each one: %+v", c)
	}
	return c
}

// archive is what a release's archive will hold: the files of the repository that goreleaser is told to pack, and arl.
func (c config) archive(t *testing.T) archive {
	t.Helper()
	dir := c.Archives[0].Wrap
	files := map[string]content{dir + "/arl": {0o755, []byte("program")}}
	for _, f := range c.Archives[0].Files {
		found, err := filepath.Glob(filepath.Join("../..", f.Src))
		if err != nil || len(found) == 0 {
			t.Fatalf("no file %s (%v)", f.Src, err)
		}
		for _, name := range found {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[path.Join(dir, path.Dir(f.Src), filepath.Base(name))] = content{0o644, text}
		}
	}
	return archive{files: files}
}

// What package managers do with an archive installs the program, every manual page and the completions.
func TestInstalls(t *testing.T) {
	tool(t, "bash")
	c := readConfig(t)
	packed := c.archive(t)
	t.Run("AUR", func(t *testing.T) {
		files := runInArchive(t, packed, ".", "export pkgdir=$out\n"+c.AURs[0].Package)
		checkInstalled(t, "usr/", files, "usr/share/bash-completion/completions/arl", "usr/share/licenses/arl-bin/LICENSE")
	})
	t.Run("Nix", func(t *testing.T) {
		checkInstalled(t, "", runInArchive(t, packed, c.Archives[0].Wrap, c.Nix[0].Install), "share/bash-completion/completions/arl.bash")
	})
	t.Run("Homebrew", func(t *testing.T) {
		var renames [][2]string
		for _, found := range regexp.MustCompile(`rename "(.*)", "(.*)"`).FindAllStringSubmatch(c.Casks[0].CustomBlock, -1) {
			renames = append(renames, [2]string{found[1], found[2]})
		}
		staged := rename(packed.files, renames)
		for _, page := range pages(t) {
			matches := func(glob string) bool { ok, _ := path.Match(glob, "man/"+page); return ok }
			if !slices.ContainsFunc(c.Casks[0].Manpages, matches) || len(staged["man/"+page].body) == 0 {
				t.Errorf("man/%s is not installed", page)
			}
		}
		for _, shell := range []string{"bash", "zsh", "fish"} {
			if len(staged[c.Casks[0].Completions[shell]].body) == 0 {
				t.Errorf("the completion for %s (%q) is not there", shell, c.Casks[0].Completions[shell])
			}
		}
	})
}

// Each manifest says what its package manager asks for, and none is uploaded to a repository that is not there yet.
func TestDescriptions(t *testing.T) {
	c := readConfig(t)
	for name, m := range map[string]manifest{
		"homebrew": c.Casks[0].manifest, "scoop": c.Scoops[0], "winget": c.Winget[0].manifest, "aur": c.AURs[0].manifest, "nix": c.Nix[0].manifest,
	} {
		if !m.SkipUpload || m.Homepage != "https://github.com/arl-cli/arl" {
			t.Errorf("%s: %+v", name, m)
		}
		if name != "aur" && (m.Repository.Owner == "" || m.Repository.Name == "") {
			t.Errorf("%s has no repository, without which goreleaser makes nothing", name)
		}
		if name != "homebrew" && !strings.EqualFold(m.License, "MIT") {
			t.Errorf("%s: licence %q", name, m.License)
		}
		if name != "winget" && (m.Description == "" || len(m.Description) > 80) {
			t.Errorf("%s: description %q", name, m.Description)
		}
	}
	w := c.Winget[0]
	if w.Publisher == "" || w.ShortDescription == "" || !regexp.MustCompile(`^[^.\s\\/:*?"<>|]{1,32}(\.[^.\s\\/:*?"<>|]{1,32}){1,7}$`).MatchString(w.Identifier) {
		t.Errorf("winget: %+v", w)
	}
}
