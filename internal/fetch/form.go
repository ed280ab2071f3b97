package fetch

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// A FormField is one of curl's -F or --form-string.
type FormField struct {
	Value string
	Plain bool // --form-string: nothing in the value has a meaning
}

// form makes the body of the -F options, and its Content-Type.
func (o *Options) form(in io.Reader) (*content, string, error) {
	boundary := newBoundary()
	c := &content{}
	for _, f := range o.Form {
		part, err := f.parse()
		if err != nil {
			return nil, "", err
		}
		part.disposition = o.disposition()
		if err := part.addTo(c, boundary, in); err != nil {
			return nil, "", err
		}
	}
	c.text([]byte("--" + boundary + "--\r\n"))
	return c, "multipart/form-data; boundary=" + boundary, nil
}

// disposition is how the parts are named: those of another kind of multipart are attachments.
func (o *Options) disposition() string {
	for _, line := range o.Header {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if strings.EqualFold(name, "Content-Type") && strings.HasPrefix(value, "multipart/") && !strings.HasPrefix(value, "multipart/form-data") {
			return "attachment"
		}
	}
	return "form-data"
}

// newBoundary is as long as curl's.
func newBoundary() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // it never fails
	return strings.Repeat("-", 24) + hex.EncodeToString(b)
}

// A formPart is one part of a form.
type formPart struct {
	name     string
	text     string // without a file
	file     string // - is standard input
	attached bool   // @file: with a name, as for an upload
	filename string
	kind     string // Content-Type
	headers  []string

	disposition string
}

func (f FormField) parse() (*formPart, error) {
	name, value, ok := strings.Cut(f.Value, "=")
	if !ok {
		return nil, input.Errorf("a form field must be name=content, name=@file or name=<file")
	}
	p := &formPart{name: name, text: value}
	if f.Plain {
		return p, nil
	}
	s := formScanner{rest: value}
	switch {
	case strings.HasPrefix(value, "@"), strings.HasPrefix(value, "<"):
		p.attached, p.text = value[0] == '@', ""
		s.rest = value[1:]
		if p.attached {
			s.end = ","
		}
		p.file = s.word()
	case strings.HasPrefix(value, "("):
		return nil, input.Errorf("form field %s: nested parts are not supported; use --form-string for a value that begins with a parenthesis", name)
	default:
		p.text = s.word()
	}
	if err := s.params(p); err != nil {
		return nil, input.Errorf("form field %s: %w", name, err)
	}
	return p, nil
}

// params reads what follows the content: ;type=, ;filename=, ;headers=.
func (s *formScanner) params(p *formPart) error {
	inType := false
	for s.next() {
		key, value, given := strings.Cut(s.rest, "=")
		if !given || inType && key == "type" {
			key = "" // part of the type, if anything
		}
		switch key {
		case "type":
			s.rest = strings.TrimLeft(value, " \t")
			p.kind = s.raw()
			if major, minor, ok := strings.Cut(p.kind, "/"); !ok || major == "" || minor == "" {
				return fmt.Errorf("%q is not a content type", p.kind)
			}
			inType = true
			continue
		case "filename":
			s.rest = value
			p.filename = s.word()
		case "headers":
			s.rest = value
			if err := p.addHeaders(s.word()); err != nil {
				return err
			}
		default:
			if !inType {
				return fmt.Errorf("%q has no meaning here; quote a semicolon or a comma (-F 'a=\"b; c\"') or use --form-string", s.rest)
			}
			p.kind += ";" + s.gap + s.raw() // such as "; charset=utf-8"
			continue
		}
		inType = false
	}
	if s.rest != "" {
		return errors.New("several files in one field are not supported; use -F once for each")
	}
	return nil
}

// addHeaders takes a header of a part, or a file of them.
func (p *formPart) addHeaders(text string) error {
	lines := []string{text}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, err := input.ReadFile(name, nil)
		if err != nil {
			return err
		}
		lines = splitLines(b)
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); !strings.Contains(line, ":") || strings.ContainsAny(line, "\r\n\x00") {
			return fmt.Errorf("header %q must have the form \"Name: value\"", firstWord(line))
		}
		p.headers = append(p.headers, line)
	}
	return nil
}

func (p *formPart) addTo(c *content, boundary string, in io.Reader) error {
	if p.attached && p.filename == "" {
		p.filename = filepath.Base(p.file)
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: %s", boundary, p.disposition)
	if p.name != "" {
		fmt.Fprintf(&head, "; name=\"%s\"", quoteForm(p.name))
	}
	if p.filename != "" {
		fmt.Fprintf(&head, "; filename=\"%s\"", quoteForm(p.filename))
	}
	head.WriteString("\r\n")
	if kind := p.contentType(); kind != "" {
		fmt.Fprintf(&head, "Content-Type: %s\r\n", kind)
	}
	for _, line := range p.headers {
		head.WriteString(line + "\r\n")
	}
	head.WriteString("\r\n")
	c.text(head.Bytes())
	if p.file == "" {
		c.text([]byte(p.text))
	} else if err := c.read(p.file, in); err != nil {
		return err
	}
	c.text([]byte("\r\n"))
	return nil
}

// contentType is what was told, else what the names tell.
func (p *formPart) contentType() string {
	if p.kind != "" || p.given("Content-Type") {
		return p.kind
	}
	if kind := kindOfName(p.filename); kind != "" {
		return kind
	}
	if p.file == "" || p.file == "-" {
		return ""
	}
	kind := kindOfName(p.file)
	switch {
	case kind == "" && p.filename != "":
		return "application/octet-stream"
	case kind == "text/plain" && p.filename == "":
		return "" // the default of a part
	}
	return kind
}

func (p *formPart) given(name string) bool {
	for _, line := range p.headers {
		if n, _, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(n), name) {
			return true
		}
	}
	return false
}

// kindOfName is the content type of a file by its extension: those that curl knows.
func kindOfName(name string) string {
	return map[string]string{
		".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml",
		".txt": "text/plain", ".htm": "text/html", ".html": "text/html", ".pdf": "application/pdf", ".xml": "application/xml",
	}[strings.ToLower(filepath.Ext(name))]
}

// quoteForm escapes a name as browsers do.
func quoteForm(s string) string {
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(s)
}

// A formScanner reads the words of a field, which semicolons part.
type formScanner struct {
	rest string
	end  string // ends a word too
	gap  string // the white space in front of rest
}

// next goes on to the next parameter.
func (s *formScanner) next() bool {
	rest, ok := strings.CutPrefix(s.rest, ";")
	if ok {
		s.rest = strings.TrimLeft(rest, " \t")
		s.gap = rest[:len(rest)-len(s.rest)]
	}
	return ok
}

// word reads up to the next separator; in quotes, separators are text.
func (s *formScanner) word() string {
	s.rest = strings.TrimLeft(s.rest, " \t")
	if quoted, ok := strings.CutPrefix(s.rest, `"`); ok {
		if word, rest, ok := unquoteForm(quoted); ok {
			s.rest = rest
			s.raw() // what follows the quotes has no meaning
			return word
		}
	}
	return strings.TrimRight(s.raw(), " \t")
}

// raw reads up to the next separator, whatever there is.
func (s *formScanner) raw() string {
	at := strings.IndexAny(s.rest, ";"+s.end)
	if at < 0 {
		at = len(s.rest)
	}
	word := s.rest[:at]
	s.rest = s.rest[at:]
	return word
}

func unquoteForm(s string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '"'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
