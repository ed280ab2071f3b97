// Package browser opens a page in a browser on this machine.
package browser

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A Command opens a page. It is a program with arguments; no shell reads them.
type Command []string

// ErrNone says that there is no browser on this machine that somebody could see.
var ErrNone = errors.New("no browser can be opened here")

// Find returns what opens pages: the first program of $BROWSER that is installed, else what the system has for it. Over
// SSH the system's browser would open where nobody sits; a program in $BROWSER may know better.
func Find(getenv func(string) string) (Command, error) {
	return find(runtime.GOOS, getenv, func(name string) bool {
		_, err := exec.LookPath(name)
		return err == nil
	})
}

func find(system string, getenv func(string) string, installed func(string) bool) (Command, error) {
	if own := strings.TrimSpace(getenv("BROWSER")); own != "" {
		return named(own, installed)
	}
	if getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" {
		return nil, ErrNone
	}
	switch system {
	case "darwin":
		return Command{"open"}, nil
	case "windows":
		return Command{"rundll32", "url.dll,FileProtocolHandler"}, nil
	}
	if getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "" {
		if c, ok := first([]Command{{"xdg-open"}, {"x-www-browser"}}, installed); ok {
			return c, nil
		}
	}
	if c, ok := first([]Command{{"wslview"}}, installed); ok { // Windows around this Linux has the display
		return c, nil
	}
	return nil, ErrNone
}

// named returns the first installed one of several commands, which $BROWSER lists as PATH does directories.
func named(list string, installed func(string) bool) (Command, error) {
	var commands []Command
	for _, command := range filepath.SplitList(list) {
		if words := strings.Fields(command); len(words) > 0 {
			commands = append(commands, words)
		}
	}
	if c, ok := first(commands, installed); ok {
		return c, nil
	}
	return nil, errors.New("no program of $BROWSER is installed")
}

func first(commands []Command, installed func(string) bool) (Command, bool) {
	i := slices.IndexFunc(commands, func(c Command) bool { return installed(c[0]) })
	if i < 0 {
		return nil, false
	}
	return commands[i], true
}

// with returns the command that opens a page: instead of "%s", or as the last argument.
func (c Command) with(page string) []string {
	args, found := slices.Clone(c), false
	for i := 1; i < len(args); i++ {
		found = found || strings.Contains(args[i], "%s")
		args[i] = strings.ReplaceAll(args[i], "%s", page)
	}
	if !found {
		args = append(args, page)
	}
	return args
}

// Open starts the command, which goes on when this program ends and hears none of its signals. The channel gets what
// became of it: nil may mean no more than that it has asked another program.
func (c Command) Open(ctx context.Context, page string) <-chan error {
	args, ended := c.with(page), make(chan error, 1)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...) //nolint:gosec // the user's own command
	detach(cmd)
	if err := cmd.Start(); err != nil {
		ended <- err
		return ended
	}
	go func() { ended <- cmd.Wait() }()
	return ended
}
