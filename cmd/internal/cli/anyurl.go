package cli

import (
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
)

// A hinter is an error that knows what can be done about it.
type hinter interface {
	error
	Hint() string
}

// URLAsCommand says what to type instead of a URL without a verb.
func URLAsCommand(url string) *Error {
	typed := "URL"
	if _, err := config.NewRegistry().ForURL(url); err == nil { // nothing secret is in its host
		typed = ShellQuoted(redact.Text(url))
	}
	return Usagef("to fetch it, type `arl get "+typed+"`", "a URL is not a command")
}

// URLAmong returns the first URL among arguments, for one that was typed without a verb.
func URLAmong(args []string) (string, bool) {
	for _, arg := range args {
		if config.IsURL(arg) {
			return arg, true
		}
	}
	return "", false
}

// ShownArgument is what an argument may be called where others see it: of a URL no more than its host.
func ShownArgument(arg string) string {
	if !config.IsURL(arg) {
		return arg
	}
	u, err := url.Parse(arg)
	if err != nil {
		return "URL"
	}
	return u.Host
}

// ShellQuoted writes a word so that a shell reads it as it is.
func ShellQuoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
