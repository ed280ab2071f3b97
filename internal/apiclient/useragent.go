package apiclient

import (
	"runtime/debug"
	"slices"
	"strings"
)

const module = "github.com/arl-cli/arl"

// userAgent returns "arl/" and the version of this module that the program was built with.
func userAgent() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "arl"
	}
	version := info.Main.Version
	if info.Main.Path != module {
		i := slices.IndexFunc(info.Deps, func(d *debug.Module) bool { return d.Path == module })
		if i < 0 {
			return "arl"
		}
		version = info.Deps[i].Version
	}
	version = strings.Trim(strings.TrimPrefix(version, "v"), "()")
	if version == "" {
		return "arl"
	}
	return "arl/" + version
}
