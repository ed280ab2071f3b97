package config

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed profiles/*.yaml
var builtIns embed.FS

// builtIn decodes the built-in profile of that name, unchecked; nil if there is none. It reads no other one.
func builtIn(name string) (*Profile, error) {
	if !validAPIName(name) {
		return nil, nil
	}
	file := "profiles/" + name + ".yaml"
	text, err := builtIns.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the built-in profile of %s: %w", name, err)
	}
	d := decoder{file: file, builtIn: true}
	p := &Profile{Name: name}
	if root := d.document(text); root != nil {
		d.decodeOnto(p, root, "apis."+name)
	}
	return p, configError(d.problems)
}

// builtInNames returns the names of the built-in profiles, sorted, without decoding them.
func builtInNames() []string {
	entries, _ := builtIns.ReadDir("profiles") // embedded: it exists
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}
