package terminal_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/terminal"
)

func TestStream(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, want string }{
		{"plain ✓\r\n\ttext\n", "plain ✓\r\n\ttext\n"},
		{"HTTP/1.1 200 \x1b]0;owned\a\r\n", `HTTP/1.1 200 \x1b]0;owned\x07` + "\r\n"},
		{"\x1b[2J\x9b2J\u009b2J", `\x1b[2J\ufffd2J\u009b2J`},
		{"a\u202egpj.exe\u2066", `a\u202egpj.exe\u2066`},
		{"over\rwritten\r", `over\x0dwritten\x0d`},
		{"\"\x7f\U000e0001\"", `"\u007f\udb40\udc01"`},
		{"cut off \xe2\x9c", `cut off \ufffd\ufffd`},
	} {
		for size := 1; size <= len(test.in); size++ {
			var tty, file bytes.Buffer
			for w, stream := range map[*bytes.Buffer]*terminal.Stream{&tty: terminal.NewStream(&tty, true, nil), &file: terminal.NewStream(&file, false, nil)} {
				for rest := test.in; rest != ""; rest = rest[min(size, len(rest)):] {
					if n, err := io.WriteString(stream, rest[:min(size, len(rest))]); n != min(size, len(rest)) || err != nil {
						t.Fatalf("Write = %d, %v", n, err)
					}
				}
				if err := stream.Close(); err != nil {
					t.Errorf("Close of a stream to %p: %v", w, err)
				}
			}
			if got := tty.String(); got != test.want {
				t.Errorf("%d bytes at a time the terminal got %q, want %q", size, got, test.want)
			}
			if got := file.String(); got != test.in {
				t.Errorf("%d bytes at a time the file got %q, want %q", size, got, test.in)
			}
		}
	}
}

// Nothing that is written to a terminal steers it, in whatever pieces it comes, and what is harmless is not changed.
func TestStreamSteersNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		stream := terminal.NewStream(&out, true, nil)
		pieces := rapid.SliceOf(rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Just([]byte("ü\r\n")), rapid.Just([]byte("\x1b[m")))).Draw(t, "pieces")
		for _, piece := range pieces {
			_, _ = stream.Write(piece) // to a buffer
		}
		_ = stream.Close()
		got := strings.ReplaceAll(out.String(), "\r\n", "\n")
		for _, r := range got {
			if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
				t.Fatalf("%q steers a terminal", got)
			}
		}
		if whole := bytes.Join(pieces, nil); len(bytes.Trim(whole, "abc\n")) == 0 && out.String() != string(whole) {
			t.Fatalf("%q became %q", whole, out.String())
		}
	})
}

func TestPainted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	hide := func(text string) string { return strings.ReplaceAll(text, "secret", "[redacted]") }
	stream := terminal.NewStream(&out, true, hide)
	fmt.Fprint(stream, "a secret\x1b[m\xc3")
	fmt.Fprint(terminal.Painted(stream), "\x1b[1msecret\x1b[m")
	fmt.Fprint(terminal.Painted(&out), "\x1b[2m")
	if got, want := out.String(), "a [redacted]\\x1b[m\\ufffd\x1b[1m[redacted]\x1b[m\x1b[2m"; got != want {
		t.Errorf("it wrote %q, want %q", got, want)
	}
	if got := terminal.Escaped(stream, "\x1b\n"); got != "\\x1b\n" {
		t.Errorf("Escaped for a terminal = %q", got)
	}
	for _, w := range []io.Writer{&out, terminal.NewStream(&out, false, nil)} {
		if got := terminal.Escaped(w, "\x1b"); got != "\x1b" {
			t.Errorf("Escaped for %T = %q", w, got)
		}
	}
}

// A display is away while anything else is written, and what it draws is written between.
func TestDisplay(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	stream := terminal.NewStream(&out, true, nil)
	var mu sync.Mutex
	var line io.Writer
	line = stream.Display(func(write func()) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprint(line, "<")
		write()
		fmt.Fprint(line, ">\x1b[J")
	})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { fmt.Fprint(stream, "x") })
		wg.Go(func() { fmt.Fprint(terminal.Painted(stream), "x") })
	}
	wg.Wait()
	stream.Display(nil)
	fmt.Fprint(stream, "y")
	if got, want := out.String(), strings.Repeat("<x>\x1b[J", 100)+"y"; got != want {
		t.Errorf("it wrote %q", got)
	}
}
