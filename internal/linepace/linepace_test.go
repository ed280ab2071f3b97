package linepace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/linepace"
)

func free([]byte) (bool, error) { return false, nil }

// Whatever the lines are, they pass as they are.
func FuzzCopy(f *testing.F) {
	f.Add([]byte("a\nb"), uint8(3))
	f.Add([]byte("\n\n\r\n\x00\xff"), uint8(1))
	f.Add(bytes.Repeat([]byte("0123456789\n"), 20000), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, every uint8) {
		lines, n := 0, 0
		var out bytes.Buffer
		err := linepace.Copy(&out, iotest.HalfReader(bytes.NewReader(in)), func(line []byte) (bool, error) {
			lines++
			n += len(line)
			return every > 0 && lines%int(every) == 0, nil
		})
		want := bytes.Count(in, []byte("\n"))
		if len(in) > 0 && in[len(in)-1] != '\n' {
			want++
		}
		if err != nil || !bytes.Equal(out.Bytes(), in) || lines != want || n != len(in) {
			t.Errorf("%d bytes became %d (%v), %d lines, want %d", len(in), out.Len(), err, lines, want)
		}
	})
}

// A reader that is slow is waited for: of lines that had to wait, never more than one is ahead of it.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		var taken atomic.Int64
		go func() {
			_ = w.CloseWithError(linepace.Copy(w, strings.NewReader(strings.Repeat("line\n", 50)), func([]byte) (bool, error) {
				taken.Add(1)
				return true, nil
			}))
		}()
		buf := make([]byte, 5)
		for n := range 50 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := taken.Load(); got > int64(n)+1 {
				t.Fatalf("%d lines taken while %d were read", got, n)
			}
			if _, err := io.ReadFull(r, buf); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A line is written at once, not when there is company.
func TestLive(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	in, lines := io.Pipe()
	go func() { _ = w.CloseWithError(linepace.Copy(w, in, free)) }()
	buf := make([]byte, 64)
	for n := range 100 {
		line := fmt.Sprintln(n)
		if _, err := io.WriteString(lines, line); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Read(buf); err != nil || string(buf[:got]) != line {
			t.Fatalf("read %q, %v, want %q", buf[:got], err, line)
		}
	}
}

// What fails ends it, and what was taken before is written.
func TestErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var out bytes.Buffer
	n := 0
	err := linepace.Copy(&out, strings.NewReader("a\nb\nc\n"), func([]byte) (bool, error) {
		if n++; n == 3 {
			return false, broken
		}
		return false, nil
	})
	if !errors.Is(err, broken) || err.Error() != "line 3: broken" || out.String() != "a\nb\n" {
		t.Errorf("acquire: %v, %q written", err, out.String())
	}
	if err := linepace.Copy(io.Discard, iotest.ErrReader(broken), free); !errors.Is(err, broken) {
		t.Errorf("read: %v", err)
	}
	r, w := io.Pipe()
	_ = r.CloseWithError(broken)
	if err := linepace.Copy(w, strings.NewReader(strings.Repeat("x\n", 100_000)), free); !errors.Is(err, broken) {
		t.Errorf("write: %v", err)
	}
}
