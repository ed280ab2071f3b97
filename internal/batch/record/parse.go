package record

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// A parser makes requests of lines.
type parser struct {
	api   string         // where records go that name none
	shard identity.Shard // of others, only the id is read
	all   bool           // what records that do not say want of lists
	files bodyFiles
	find  func(url string) (Target, error) // see Config.Find
	hash  hasher
	grow  func(n int64) error // is asked before a record takes n more bytes

	allGiven bool // the record being read says it
}

// parse reads one line, which is neither blank nor surrounded by white space, into r. It may change
// the line, and r keeps parts of it if it is an object. What could be read is in r even if there is
// an error.
func (p *parser) parse(r *Request, line []byte) error {
	r.Method, r.API, r.All = http.MethodGet, p.api, p.all
	p.allGiven = false
	if err := p.read(r, line); err != nil {
		return err
	}
	if r.API == "" && !r.ByURL {
		return errors.New(`the record has no "api"`)
	}
	if err := p.list(r); err != nil {
		return err
	}
	r.SHA256 = p.hash.request(r)
	return p.resolve(r)
}

// list looks at a record that wants all pages. What no list can come of is none, unless it says so itself.
func (p *parser) list(r *Request) error {
	switch {
	case !r.All || r.Method == http.MethodGet || r.Method == http.MethodPost:
	case !p.allGiven:
		r.All = false
	case r.Method == http.MethodHead:
		return errors.New(`"all" cannot be used with HEAD, whose responses have no body`)
	}
	return nil
}

func (p *parser) read(r *Request, line []byte) (err error) {
	if !utf8.Valid(line) {
		return errors.New("the line is not valid UTF-8")
	}
	switch line[0] {
	case '{':
		return p.object(r, line)
	case '"':
		if err := checkJSON(line); err != nil {
			return fmt.Errorf("%w; %s", err, hintCompact)
		}
		return p.whole(r, readPath(r, line))
	case '[':
		return errors.New("a record is an object, a string or a path, not an array; " + hintElements)
	default:
		return p.whole(r, bare(r, line))
	}
}
