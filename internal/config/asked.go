package config

import (
	"bytes"
	"net/http"

	"github.com/arl-cli/arl/internal/jsonpath"
)

// asked is what a request has to say to be in a bucket, such as which model it asks for. The zero value is nothing.
type asked struct {
	json          jsonpath.Path
	header, query string
}

// asks reports whether a bucket is chosen by what a request says.
func asks(b *Bucket) bool { return b.JSON != "" || b.Header != "" || b.Query != "" }

func newAsked(b *Bucket) asked {
	a := asked{header: b.Header, query: b.Query}
	if b.JSON != "" {
		a.json, _ = jsonpath.ParseAll(b.JSON)
	}
	return a
}

// maxAsked is how long the value may be.
const maxAsked = 200

// value returns what a request says; false if it says nothing. body is the beginning of its body.
func (a *asked) value(req *http.Request, body func() []byte) (text string, ok bool) {
	switch {
	case a.header != "":
		text = req.Header.Get(a.header)
	case a.query != "":
		text = req.URL.Query().Get(a.query)
	default:
		if b := bytes.TrimSpace(body()); len(b) > 0 && b[0] == '{' {
			a.json.Scan(b, func(value string) bool {
				text = value
				return false
			})
		}
	}
	return text, text != "" && len(text) <= maxAsked
}

// asked checks what a request has to say for a bucket.
func (c *checker) asked(at string, b *Bucket) {
	n := 0
	for _, text := range [...]string{b.JSON, b.Header, b.Query} {
		if text != "" {
			n++
		}
	}
	if n > 1 {
		c.problem(at, "only one of json, header and query can be used")
	}
	if b.JSON != "" {
		if _, err := rulePath(b.JSON); err != nil {
			c.problem(at+".json", "%v", err)
		}
	}
	if b.Header != "" && !validToken(b.Header) {
		c.problem(at+".header", "%q is not a header name", b.Header)
	}
	p := pattern{name: nameParts(b.Name)}
	if names := len(p.placeholders()); n == 1 && names != 1 {
		c.problem(at+".name", "needs one placeholder, for what the request asks for, and has %d", names)
	}
}

// BucketOf is [Profile.FindBucket] of a request, by what it says too. body returns the beginning of its body.
func (p *Profile) BucketOf(req *http.Request, body func() []byte) (i int, name string) {
	m := p.built()
	return p.findBucket(req.Method, req.URL.EscapedPath(), func(i int, name string) (string, bool) {
		if !asks(&p.Buckets[i]) {
			return name, true
		}
		value, ok := m.buckets[i].asked.value(req, body)
		if !ok {
			return "", false
		}
		return m.buckets[i].pattern.named(value), true
	})
}

// named is the bucket's name with its placeholder replaced by a value.
func (p *pattern) named(value string) (name string) {
	for _, part := range p.name {
		if part.placeholder {
			name += value
		} else {
			name += part.text
		}
	}
	return name
}
