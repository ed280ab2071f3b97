package manifests

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestScoop(t *testing.T) {
	r := openRelease(t)
	var got struct {
		Version, Homepage, License, Description string
		Architecture                            map[string]struct {
			URL, Hash string
			Bin       []string
		}
	}
	strict := json.NewDecoder(bytes.NewReader(r.read("scoop/arl.json")))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Version != r.Version || got.License != "MIT" || got.Homepage == "" || got.Description == "" {
		t.Errorf("scoop/arl.json: %+v", got)
	}
	if len(got.Architecture) != 2 {
		t.Errorf("architectures %v", got.Architecture)
	}
	for name, goarch := range map[string]string{"64bit": "amd64", "arm64": "arm64"} {
		want, has := r.archive("windows", goarch), got.Architecture[name]
		if has.URL != want.url || has.Hash != want.sha256 {
			t.Errorf("%s: %s with %s, want %s with %s", name, has.URL, has.Hash, want.url, want.sha256)
		}
		if len(has.Bin) != 1 || !strings.HasSuffix(has.Bin[0], "/arl.exe") || len(want.files[has.Bin[0]].body) == 0 {
			t.Errorf("%s: no program %q", name, has.Bin)
		}
	}
}

// The three files that a pull request to microsoft/winget-pkgs consists of.
func TestWinget(t *testing.T) {
	r := openRelease(t)
	base := "winget/manifests/a/arl-cli/arl/" + r.Version + "/arl-cli.arl"
	for name, kind := range map[string]string{"": "version", ".installer": "installer", ".locale.en-US": "defaultLocale"} {
		var got struct{ PackageIdentifier, PackageVersion, ManifestType, ManifestVersion string }
		if err := unmarshalFolded(r.read(base+name+".yaml"), &got); err != nil {
			t.Fatal(err)
		}
		if got.PackageIdentifier != "arl-cli.arl" || got.PackageVersion != r.Version || got.ManifestType != kind || got.ManifestVersion == "" {
			t.Errorf("%s.yaml: %+v", name, got)
		}
	}
	checkInstaller(r, r.read(base+".installer.yaml"))
	checkLocale(t, r.read(base+".locale.en-US.yaml"))
}

func checkInstaller(r *release, text []byte) {
	r.t.Helper()
	var got struct {
		InstallerType string
		Installers    []struct {
			Architecture, InstallerURL, InstallerSha256, NestedInstallerType string
			NestedInstallerFiles                                             []struct{ RelativeFilePath, PortableCommandAlias string }
		}
	}
	if err := unmarshalFolded(text, &got); err != nil {
		r.t.Fatal(err)
	}
	if got.InstallerType != "zip" || len(got.Installers) != 2 {
		r.t.Fatalf("installers: %+v", got)
	}
	for _, has := range got.Installers {
		want := r.archive("windows", map[string]string{"x64": "amd64", "arm64": "arm64"}[has.Architecture])
		if has.InstallerURL != want.url || !strings.EqualFold(has.InstallerSha256, want.sha256) || has.NestedInstallerType != "portable" {
			r.t.Errorf("%s: %+v, want %s with %s", has.Architecture, has, want.url, want.sha256)
		}
		if len(has.NestedInstallerFiles) != 1 || has.NestedInstallerFiles[0].PortableCommandAlias != "arl" {
			r.t.Fatalf("%s: %+v", has.Architecture, has.NestedInstallerFiles)
		}
		program := strings.ReplaceAll(has.NestedInstallerFiles[0].RelativeFilePath, `\`, "/")
		if len(want.files[program].body) == 0 {
			r.t.Errorf("%s: no program %s", has.Architecture, program)
		}
	}
}

// checkLocale holds the description to what winget's schema demands.
func checkLocale(t *testing.T, text []byte) {
	t.Helper()
	var got struct {
		Publisher, PackageName, License, ShortDescription string
		LicenseURL, ReleaseNotesURL                       string
		Tags                                              []string
	}
	if err := unmarshalFolded(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Publisher) < 2 || got.PackageName != "arl" || got.License != "MIT" || len(got.Tags) > 16 ||
		len(got.ShortDescription) < 3 || len(got.ShortDescription) > 256 {
		t.Errorf("%+v", got)
	}
	for _, url := range []string{got.LicenseURL, got.ReleaseNotesURL} {
		if !regexp.MustCompile(`^https://github\.com/arl-cli/arl/[^ {]+$`).MatchString(url) {
			t.Errorf("the URL %q", url)
		}
	}
}

// unmarshalFolded reads YAML into fields whose names differ from its own only in case, as encoding/json would.
func unmarshalFolded(text []byte, into any) error {
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	as, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return json.Unmarshal(as, into)
}
