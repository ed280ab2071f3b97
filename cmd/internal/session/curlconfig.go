package session

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// configValue is -K: a file of options in curl's format, which are taken as if they stood in its place.
type configValue struct {
	flags *pflag.FlagSet
	in    io.Reader
	depth int
	names *[]string // of the files that were read
}

// String implements pflag.Value.
func (v *configValue) String() string { return "" }

// Type implements pflag.Value.
func (v *configValue) Type() string { return "FILE" }

// deepest is how far files may name each other.
const deepest = 10

// Set implements pflag.Value.
func (v *configValue) Set(file string) (err error) {
	if v.depth++; v.depth > deepest {
		return errors.New("config files include each other recursively")
	}
	defer func() { v.depth-- }()
	in := v.in
	*v.names = append(*v.names, file)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 10<<20)
	for n := 1; lines.Scan(); n++ {
		if err := v.line(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// line takes one option: its name and its value; without dashes in front there may be = or : between them.
func (v *configValue) line(text string) error {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if text == "" || text[0] == '#' {
		return nil
	}
	separators := " \t=:"
	if text[0] == '-' {
		separators = " \t"
	}
	end := strings.IndexAny(text, separators)
	if end < 0 {
		end = len(text)
	}
	name, rest := text[:end], strings.TrimLeft(text[end:], separators)
	flag, rest, err := v.find(name, rest)
	if err != nil {
		return err
	}
	value, err := configText(rest)
	if err != nil {
		return fmt.Errorf("--%s: %w", flag.Name, err)
	}
	if flag.NoOptDefVal != "" {
		if value != "" {
			return fmt.Errorf("--%s takes no value", flag.Name)
		}
		value = flag.NoOptDefVal
	}
	if err := v.flags.Set(flag.Name, value); err != nil {
		return fmt.Errorf("--%s: %w", flag.Name, err)
	}
	return nil
}

// find finds the flag of a name; a short one may be followed by its value at once.
func (v *configValue) find(name, rest string) (*pflag.Flag, string, error) {
	long := strings.TrimPrefix(name, "--")
	if short, ok := strings.CutPrefix(name, "-"); ok && long == name && short != "" {
		if f := v.flags.ShorthandLookup(short[:1]); f != nil {
			return f, short[1:] + rest, nil
		}
	} else if f := v.flags.Lookup(long); f != nil && long != "help" && long != "help-all" {
		return f, rest, nil
	}
	if long == "url" {
		return nil, "", errors.New("url is not supported: give the path on the command line")
	}
	return nil, "", errors.New("unknown option") // not repeated: it may be another file, of secrets
}

// configText reads a value: in double quotes with \\, \", \n, \r, \t and \v, or a word.
func configText(s string) (string, error) {
	quoted, ok := strings.CutPrefix(s, `"`)
	if !ok {
		word, after, _ := strings.Cut(strings.ReplaceAll(s, "\t", " "), " ")
		if after = strings.TrimSpace(after); after != "" && after[0] != '#' {
			return "", errors.New("a value with white space must be in double quotes")
		}
		return word, nil
	}
	escapes := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == '"':
			return b.String(), nil
		case c == '\\' && i+1 < len(quoted):
			i++
			if c = quoted[i]; escapes[c] != 0 {
				c = escapes[c]
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}
