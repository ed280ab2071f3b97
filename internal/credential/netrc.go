package credential

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// A login is the entry of a machine in a netrc file.
type login struct{ user, password string }

// NetrcFile returns the user's netrc file: $NETRC, else .netrc in the home directory, or _netrc on Windows.
func NetrcFile(getenv func(string) string) string {
	if getenv == nil {
		return ""
	}
	if file := getenv("NETRC"); file != "" {
		return file
	}
	if runtime.GOOS == "windows" {
		home := getenv("USERPROFILE")
		if file := inHome(home, ".netrc"); file != "" {
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
		return inHome(home, "_netrc")
	}
	return inHome(getenv("HOME"), ".netrc")
}

// inHome joins a name to a home directory, or returns "" if there is none.
func inHome(home, name string) string {
	if home == "" {
		return ""
	}
	return filepath.Join(home, name)
}

// loginIn looks for a host in a netrc file. A missing file is an empty one.
func loginIn(file, host string, fallback bool) (login, bool, error) {
	if file == "" {
		return login{}, false, nil
	}
	text, err := os.ReadFile(filepath.Clean(file))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return login{}, false, nil
	case err != nil:
		return login{}, false, &InvalidError{Source: file, Problem: "it cannot be read: " + config.WithoutPath(err)}
	}
	found, ok := parseNetrc(string(text), host, fallback)
	return found, ok, nil
}

// parseNetrc returns the first login of a host, or of the default entry if fallback is set and it comes first. As in
// curl, one without a password is used only if no other has one.
func parseNetrc(text, host string, fallback bool) (found login, ok bool) {
	words := netrcWords(text)
	for i := 0; i < len(words); {
		mine := false
		switch {
		case words[i] == "machine" && i+1 < len(words):
			mine = strings.EqualFold(words[i+1], host)
			i += 2
		case words[i] == "default":
			mine = fallback
			i++
		default:
			i++
			continue
		}
		var l login
		for i+1 < len(words) && words[i] != "machine" && words[i] != "default" {
			switch words[i] {
			case "login":
				l.user = words[i+1]
			case "password":
				l.password = words[i+1]
			}
			i += 2
		}
		switch {
		case mine && l.password != "":
			return l, true
		case mine && l.user != "" && !ok:
			found, ok = l, true
		}
	}
	return found, ok
}

// netrcWords splits a netrc file at white space, with "quoted \" words", without comments and macros.
func netrcWords(text string) (words []string) {
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro {
			macro = line != "" // a macro ends with an empty line
			continue
		}
		for line != "" && line[0] != '#' {
			var word string
			word, line = netrcWord(line)
			if word == "macdef" {
				macro = true
				break
			}
			words = append(words, word)
		}
	}
	return words
}

// netrcWord returns the first word of a line and the rest.
func netrcWord(line string) (word, rest string) {
	if line[0] != '"' {
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			return line, ""
		}
		return line[:end], strings.TrimLeft(line[end:], " \t")
	}
	var b strings.Builder
	i := 1
	for ; i < len(line) && line[i] != '"'; i++ {
		c := line[i]
		if c == '\\' && i+1 < len(line) {
			i++
			switch c = line[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			}
		}
		b.WriteByte(c)
	}
	return b.String(), strings.TrimLeft(line[min(i+1, len(line)):], " \t")
}
