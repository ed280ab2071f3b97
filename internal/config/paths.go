package config

import (
	"os"
	"path/filepath"
	"runtime"
)

// Paths are the locations of arl's files.
type Paths struct {
	Config string // the directory of config.yaml and rates.yaml; empty without a home directory
	Live   string // the directory of the live state; empty without a home directory
	Cache  string // the directory of stored responses; empty without a home directory
}

// FindPaths returns the paths of the user whose environment getenv reads. The live state is in one directory per user
// and host, the same for a terminal, cron, sudo -E and ssh.
func FindPaths(getenv func(string) string) Paths {
	return Paths{Config: configDir(getenv), Live: liveDir(getenv), Cache: cacheDir(getenv)}
}

// ConfigFile returns the path of the configuration, which the user edits.
func (p Paths) ConfigFile() string { return p.file("config.yaml") }

// RatesFile returns the path of the learned rates.
func (p Paths) RatesFile() string { return p.file("rates.yaml") }

// LoginDir returns the directory of what logins came to.
func (p Paths) LoginDir() string { return p.file("logins") }

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

func cacheDir(getenv func(string) string) string {
	if dir := getenv("ARL_CACHE_DIR"); dir != "" {
		return dir
	}
	if runtime.GOOS == "windows" {
		return below(getenv("LocalAppData"), "arl", "cache")
	}
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "arl")
	}
	return below(getenv("HOME"), ".cache", "arl")
}

// below joins path to a directory, or returns "" if that is "".
func below(dir string, path ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, path...)...)
}
