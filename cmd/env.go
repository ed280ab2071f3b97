// Package cmd is arl's command line: one file per verb, flags to options to run.
package cmd

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// A Build says which arl this is.
type Build struct{ Version, Commit, Date string }

// env is what the outside world is.
type env struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Build    Build
	Command  string // the verb, and the api that it is about
	ErrTTY   bool   // Err is a terminal
	OutTTY   bool   // Out is a terminal
	InTTY    bool   // In is a terminal
}

func osEnv(b Build) *env {
	terminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return &env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Build: b,
		ErrTTY: terminal(os.Stderr), OutTTY: terminal(os.Stdout), InTTY: terminal(os.Stdin),
	}
}

// agent is what arl calls itself to servers.
func (e *env) agent() string { return "arl/" + e.Build.Version }

// read reads a file that the command line names, or In for "-".
func (e *env) read(file string) ([]byte, error) {
	if file == "-" {
		b, err := io.ReadAll(e.In)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return b, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	return b, nil
}

// width is how many columns Out has if it is a terminal, else 0: no bound.
func (e *env) width() int {
	if f, ok := e.Out.(*os.File); ok && e.OutTTY {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

// display reports whether Err is a terminal on which a line can be drawn anew.
func (e *env) display() bool { return e.ErrTTY && e.Getenv("TERM") != "dumb" }

// piped reports whether Out leads to another program.
func (e *env) piped() bool {
	f, ok := e.Out.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeNamedPipe != 0
}

// colour says whether to paint what goes to a stream that is a terminal or not.
func (e *env) colour(when string, tty bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return tty && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}
