package config

import (
	"os"
	"path/filepath"
	"runtime"
)

// Paths are the places of arl's files.
type Paths struct {
	Config string // the folder of config.yaml and rates.yaml; empty if there is no home
	Live   string // the folder of the live state; empty if there is no home
}

// FindPaths returns where the files of the user are whose environment getenv reads. The live state
// has one place per user and host, the same for a terminal, cron, sudo -E and ssh.
func FindPaths(getenv func(string) string) Paths {
	return Paths{Config: configDir(getenv), Live: liveDir(getenv)}
}

// ConfigFile is the configuration that the user edits.
func (p Paths) ConfigFile() string { return p.file("config.yaml") }

// RatesFile is where learned rates are kept.
func (p Paths) RatesFile() string { return p.file("rates.yaml") }

func (p Paths) file(name string) string {
	if p.Config == "" {
		return ""
	}
	return filepath.Join(p.Config, name)
}

func configDir(getenv func(string) string) string {
	if dir := getenv("ARL_CONFIG_DIR"); dir != "" {
		return dir
	}
	if runtime.GOOS == "windows" {
		return below(getenv("AppData"), "arl")
	}
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "arl")
	}
	return below(getenv("HOME"), ".config", "arl")
}

func liveDir(getenv func(string) string) string {
	if dir := getenv("ARL_RUNTIME_DIR"); dir != "" {
		return dir
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	if runtime.GOOS == "windows" {
		return below(getenv("LocalAppData"), "arl", "live", host)
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "arl", "live", host)
	}
	return below(getenv("HOME"), ".local", "state", "arl", "live", host)
}

// below joins path to a folder, or returns nothing if there is no such folder.
func below(dir string, path ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, path...)...)
}
