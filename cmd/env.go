// Package cmd is arl's command line: one file per verb, flags to options to run.
package cmd

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/internal/terminal"
)

// A Build says which arl this is.
type Build struct{ Version, Commit, Date string }

// env is what the outside world is.
type env struct {
	In       io.Reader
	Out, Err io.Writer // see connect
	Getenv   func(string) string
	Build    Build
	Command  string // the verb, and the api that it is about
	ErrTTY   bool   // Err is a terminal
	OutTTY   bool   // Out is a terminal
	InTTY    bool   // In is a terminal

	secrets               *redact.Secrets // not shown in what arl says
	libraries             *libraryLog
	stdin, stdout, stderr *os.File // behind the streams; nil where there are none
}

func osEnv(b Build) *env {
	terminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return &env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Build: b,
		ErrTTY: terminal(os.Stderr), OutTTY: terminal(os.Stdout), InTTY: terminal(os.Stdin),
		secrets: &redact.Secrets{},
		stdin:   os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
}

// connect makes Out and Err of streams. All that reaches them goes one way: what others have written cannot steer a
// terminal, no secret is on Err, and a line that is drawn anew there is out of the way.
func (e *env) connect(out, err io.Writer) {
	stream := terminal.NewStream(err, e.ErrTTY, e.secrets.Redact)
	e.Out, e.Err, e.libraries = out, stream, &libraryLog{to: stream}
	if e.OutTTY {
		e.Out = terminal.NewStream(out, true, nil)
	}
	log.SetFlags(0)
	log.SetOutput(e.libraries)
}

// disconnect writes what streams hold back.
func (e *env) disconnect() {
	for _, w := range []io.Writer{e.Out, e.Err} {
		if s, ok := w.(*terminal.Stream); ok {
			_ = s.Close() // nobody is left to be told
		}
	}
}

// display shows something on Err that is drawn anew in its place, and returns where to: while anything else is
// written there, around takes it away.
func (e *env) display(around func(write func())) io.Writer {
	if s, ok := e.Err.(*terminal.Stream); ok {
		return s.Display(around)
	}
	return e.Err
}

// A libraryLog is where the log of libraries goes, such as net/http's. Nobody asked for what is in it, and it quotes
// what servers sent, so it is dropped but for -v.
type libraryLog struct {
	to    io.Writer
	shown atomic.Bool
}

// Write implements io.Writer.
func (l *libraryLog) Write(p []byte) (int, error) {
	if l.shown.Load() {
		fmt.Fprintf(l.to, "* %s\n", terminal.Plain(strings.TrimSuffix(string(p), "\n")))
	}
	return len(p), nil
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
	if !e.OutTTY {
		return 0
	}
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// canRedraw reports whether Err is a terminal on which a line can be drawn anew.
func (e *env) canRedraw() bool { return e.ErrTTY && e.Getenv("TERM") != "dumb" }

// piped reports whether Out leads to another program.
func (e *env) piped() bool {
	fi, err := os.Stdout.Stat()
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
