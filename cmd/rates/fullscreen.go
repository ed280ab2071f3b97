package rates

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/terminal"
)

// Of a terminal: its other screen, which leaves no trace, without a cursor; and back.
const (
	toScreen   = "\x1b[?1049h\x1b[?25l"
	fromScreen = "\x1b[?25h\x1b[?1049l"
)

// A screenWatcher draws rates in place, whatever size the terminal has got meanwhile. When it ends the last
// picture stays.
type screenWatcher struct {
	e     *cli.Env
	g     *cli.GlobalOptions
	began bool
	last  *view
	said  string // what went wrong last
}

func (s *screenWatcher) note(message string) { s.said = message }

func (s *screenWatcher) show(v *view) error {
	if s.last != nil && s.last.away && !v.away {
		s.said = ""
	}
	s.last = v
	look := newLook(s.e, s.g)
	head := "arl rates, every second; Ctrl-C ends it"
	at := v.at.Format("15:04:05")
	if gap := look.width - len(head) - len(at); gap > 0 {
		head += strings.Repeat(" ", gap) + at
	}
	lines := append([]string{look.style.Faint(terminal.Clip(head, look.width)), ""}, s.lines(v, look)...)
	if s.said != "" {
		lines = append(lines, "", look.style.Warn(terminal.Clip(terminal.Plain(s.said), look.width)))
	}
	if height := s.height(); len(lines) > height {
		more := len(lines) - height + 1
		lines = append(lines[:height-1], look.style.Faint(fmt.Sprintf("and %d more lines", more)))
	}
	var b bytes.Buffer
	if !s.began {
		b.WriteString(toScreen)
		s.began = true
	}
	b.WriteString("\x1b[H" + strings.Join(lines, "\x1b[K\r\n") + "\x1b[K\x1b[J")
	_, err := terminal.Painted(s.e.Out).Write(b.Bytes()) // in one write: nobody sees half of it
	return err
}

// lines are the lines of the table.
func (s *screenWatcher) lines(v *view, look look) []string {
	if len(v.known) == 0 {
		return []string{nothingLearned}
	}
	var b bytes.Buffer
	_ = v.writeTable(&b, look) // a buffer takes everything
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// height is how many lines the terminal has.
func (s *screenWatcher) height() int {
	if _, h, err := term.GetSize(int(os.Stdout.Fd())); err == nil && h > 3 {
		return h
	}
	return 24
}

func (s *screenWatcher) end() {
	if !s.began {
		return
	}
	out := terminal.Painted(s.e.Out)
	fmt.Fprint(out, fromScreen)
	for _, line := range s.lines(s.last, newLook(s.e, s.g)) {
		fmt.Fprintln(out, line)
	}
}
