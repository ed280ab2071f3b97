// Package cli is what all commands have in common: streams, errors and exit codes, arguments, flag values, signals.
package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/internal/terminal"
)

// A Build says which arl this is.
type Build struct{ Version, Commit, Date string }

// Env is what the outside world is.
type Env struct {
	In       io.Reader
	Out, Err io.Writer // see connect
	Getenv   func(string) string
	Build    Build
	Args     []string // the command line, without the program's name
	Command  string   // the verb, and the api that it is about
	ErrTTY   bool     // Err is a terminal
	OutTTY   bool     // Out is a terminal
	InTTY    bool     // In is a terminal

	Secrets               *redact.Secrets // not shown in what arl says
	Libraries             *libraryLog
	stdin, stdout, stderr *os.File // behind the streams; nil where there are none
}

// OSEnv is the environment of this process.
func OSEnv(b Build) *Env {
	terminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return &Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Build: b, Args: os.Args[min(1, len(os.Args)):],
		ErrTTY: terminal(os.Stderr), OutTTY: terminal(os.Stdout), InTTY: terminal(os.Stdin),
		Secrets: &redact.Secrets{},
		stdin:   os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
}

// Connect makes Out and Err of streams. All that reaches them goes one way: what others have written cannot steer a
// terminal, no secret is on Err, and a line that is redrawn there is out of the way.
func (e *Env) Connect(out, err io.Writer) {
	stream := terminal.NewStream(err, e.ErrTTY, e.Secrets.Redact)
	e.Out, e.Err, e.Libraries = out, stream, &libraryLog{to: stream}
	if e.OutTTY {
		e.Out = terminal.NewStream(out, true, nil)
	}
	log.SetFlags(0)
	log.SetOutput(e.Libraries)
}

// Disconnect writes what streams hold back.
func (e *Env) Disconnect() {
	for _, w := range []io.Writer{e.Out, e.Err} {
		if s, ok := w.(*terminal.Stream); ok {
			_ = s.Close() // nobody is left to be told
		}
	}
}

// Display shows something on Err that is redrawn in place, and returns where to write it: while anything else is
// written there, around takes it away.
func (e *Env) Display(around func(write func())) io.Writer {
	if s, ok := e.Err.(*terminal.Stream); ok {
		return s.Display(around)
	}
	return e.Err
}

// A libraryLog is where the log of libraries goes, such as net/http's. Nobody asked for what is in it, and it quotes
// what servers sent, so it is dropped but for -v.
type libraryLog struct {
	to    io.Writer
	Shown atomic.Bool
}

// Write implements io.Writer.
func (l *libraryLog) Write(p []byte) (int, error) {
	if l.Shown.Load() {
		fmt.Fprintf(l.to, "* %s\n", terminal.Plain(strings.TrimSuffix(string(p), "\n")))
	}
	return len(p), nil
}

// Agent is what arl calls itself to servers.
func (e *Env) Agent() string { return "arl/" + e.Build.Version }

// Read reads a file that the command line names, or In for "-".
func (e *Env) Read(file string) ([]byte, error) {
	if file == "-" {
		b, err := io.ReadAll(e.In)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return b, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, Usagef("", "%v", err)
	}
	return b, nil
}

// Width is how many columns Out has if it is a terminal, else 0: no bound.
func (e *Env) Width() int {
	if !e.OutTTY {
		return 0
	}
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// CanRedraw reports whether Err is a terminal on which a line can be redrawn.
func (e *Env) CanRedraw() bool { return e.ErrTTY && e.Getenv("TERM") != "dumb" }

// Piped reports whether Out leads to another program.
func (e *Env) Piped() bool {
	fi, err := os.Stdout.Stat()
	return err == nil && fi.Mode()&os.ModeNamedPipe != 0
}

// Colour says whether to paint what goes to a stream that is a terminal or not.
func (e *Env) Colour(when string, tty bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return tty && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}

// Style is how messages look.
func (e *Env) Style(g *GlobalOptions) terminal.Style {
	return terminal.NewStyle(e.Err, e.Colour(g.Color, e.ErrTTY))
}

// String names the build, and what it is for.
func (b Build) String() string {
	line := "arl " + b.Version
	if b.Commit != "" {
		line += " (" + b.Commit + ", " + b.Date + ")"
	}
	return fmt.Sprintf("%s %s/%s", line, runtime.GOOS, runtime.GOARCH)
}

// A WriterFunc is an io.Writer made of a function.
type WriterFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f WriterFunc) Write(p []byte) (int, error) { return f(p) }

// WriteJSON writes a value as indented JSON to Out.
func WriteJSON(e *Env, v any) error {
	enc := json.NewEncoder(e.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
