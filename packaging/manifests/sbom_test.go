//go:build linux

package manifests

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/arl-cli/arl/packaging/dist"
)

// A bill is a bill of materials in the form of CycloneDX.
type bill struct {
	BOMFormat    string
	SerialNumber string
	Metadata     struct {
		Timestamp  string
		Component  struct{ Name, Version string }
		Properties []struct{ Name, Value string }
	}
	Components []struct{ Name, Version, PURL string }
}

// A program's bill of materials lists the modules that it was built from, all and no others, and names the program.
func TestSBOM(t *testing.T) {
	r := openRelease(t)
	if bills, programs := len(r.Of(dist.SBOM)), len(r.Of(dist.Binary)); bills != programs || bills != 6 {
		t.Errorf("%d bills of materials, %d programs", bills, programs)
	}
	for _, program := range r.Of(dist.Binary) {
		t.Run(program.Goos+"_"+program.Goarch, func(t *testing.T) {
			got := readBill(t, r.read("arl_"+r.Version+"_"+program.Goos+"_"+program.Goarch+".cdx.json"))
			if main := got.Metadata.Component; main.Name != "github.com/arl-cli/arl" || main.Version != "v"+r.Version {
				t.Errorf("it is about %+v", main)
			}
			got.check(t, program.Path)
		})
	}
}

// What goreleaser has the bills written with does that for any program, as for itself.
func TestSBOMTool(t *testing.T) {
	tool, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "cyclonedx-gomod").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr(err))
	}
	program := strings.TrimSpace(string(tool))
	document := filepath.Join(t.TempDir(), "bill.json")
	var args []string
	for _, arg := range readConfig(t).SBOMs[0].Args {
		args = append(args, strings.NewReplacer("$document", document, "$artifact", program).Replace(arg))
	}
	if said, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, said)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	got := readBill(t, text)
	if got.Metadata.Component.Version != "v"+testVersion {
		t.Errorf("it is about %+v", got.Metadata.Component)
	}
	got.check(t, program)
}

func readBill(t *testing.T, text []byte) (b bill) {
	t.Helper()
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// check compares the bill with its program; it has neither number nor time, which differ each time.
func (b *bill) check(t *testing.T, program string) {
	t.Helper()
	if b.BOMFormat != "CycloneDX" || b.SerialNumber != "" || b.Metadata.Timestamp != "" {
		t.Errorf("format %q, serial number %q, time %q", b.BOMFormat, b.SerialNumber, b.Metadata.Timestamp)
	}
	if want := materials(t, program); len(want) < 2 || !maps.Equal(b.materials(), want) {
		t.Errorf("materials %v\nwant %v", b.materials(), want)
	}
	if hash := b.property("cdx:gomod:binary:hash:SHA-256"); hash != hashOf(t, program) {
		t.Errorf("the program's SHA-256 is %s, not %q", hashOf(t, program), hash)
	}
}

func (b *bill) materials() map[string]string {
	versions := make(map[string]string)
	for _, c := range b.Components {
		versions[c.Name] = c.Version
	}
	return versions
}

func (b *bill) property(name string) string {
	for _, p := range b.Metadata.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// materials are what the program itself says.
func materials(t *testing.T, program string) map[string]string {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{"std": info.GoVersion}
	for _, module := range info.Deps {
		versions[module.Path] = module.Version
	}
	return versions
}

func hashOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// checksums.txt has the hash of each archive, package and bill of materials.
func TestChecksums(t *testing.T) {
	r := openRelease(t)
	var listed []string
	for line := range strings.Lines(string(r.read("checksums.txt"))) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != hashOf(t, filepath.Join(r.Dir, fields[1])) {
			t.Errorf("the line %q", line)
			continue
		}
		listed = append(listed, fields[1])
	}
	var want []string
	for _, a := range r.Artifacts {
		if slices.Contains([]string{dist.Archive, dist.SBOM, dist.Package}, a.Type) {
			want = append(want, a.Name)
		}
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) || len(want) != 16 {
		t.Errorf("checksums of %q\nwant %q", listed, want)
	}
}
