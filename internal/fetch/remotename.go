package fetch

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// NameOutput finds the file that -O means: the last part of the path, as it was written.
func (o *Options) NameOutput() (err error) {
	if o.RemoteName {
		o.Output, err = remoteName(o.Path)
	}
	return err
}

// remoteName is the last part of a path, or of a URL, as the name of a file in the working directory, and nothing else.
func remoteName(typed string) (string, error) {
	path, _, _ := strings.Cut(typed, "#")
	path, _, _ = strings.Cut(path, "?")
	if _, after, whole := strings.Cut(path, "://"); whole {
		_, path, _ = strings.Cut(after, "/")
	}
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if name == "" || name == "." || name == ".." {
		return "", input.Errorf("-O: the path has no file name; use -o FILE")
	}
	unsafe := ""
	if runtime.GOOS == "windows" {
		unsafe = `:*?"<>|`
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(unsafe, r) {
			return '_'
		}
		return r
	}, name)
	if !filepath.IsLocal(name) {
		name = "_" + name // a device of Windows
	}
	return name, nil
}
