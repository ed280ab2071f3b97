package pagination

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/rawjson"
)

// A Request is what is different from page to page of a request.
type Request struct {
	Method string
	URL    *url.URL
	Body   []byte
}

// key tells requests apart.
func (r *Request) key() [16]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL, r.Body))
	return [16]byte(sum[:16])
}

// mayHaveJSON reports whether fields of the body can be set.
func (r *Request) mayHaveJSON() bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	body := bytes.TrimSpace(r.Body)
	return len(body) == 0 || body[0] == '{' && utf8.Valid(body) && rawjson.Valid(body)
}

// inBody reports whether a field goes into the body.
func (r *Request) inBody(f config.PageField) bool { return f.Body != "" && r.mayHaveJSON() }

// find returns what a field is in the request, and whether it is there.
func (r *Request) find(f config.PageField) (string, bool) {
	if !r.inBody(f) {
		return inQuery(r.URL.RawQuery, f.Query)
	}
	value := bytes.TrimSpace(r.Body)
	path, err := f.BodyPath()
	for _, name := range path {
		value = rawjson.Member(value, name)
	}
	if err != nil || value == nil {
		return "", false
	}
	return scalar(value)
}

// put returns the request with a field set to a token of JSON.
func (r *Request) put(f config.PageField, token []byte) (Request, error) {
	next := *r
	if r.inBody(f) {
		path, err := f.BodyPath()
		if err != nil {
			return next, err
		}
		body := bytes.TrimSpace(r.Body)
		if len(body) == 0 {
			body = []byte("{}")
		}
		next.Body, err = rawjson.Set(body, path, token)
		return next, err
	}
	if f.Query == "" {
		return next, fmt.Errorf("%q cannot be sent: the body of the request is not a JSON object", f.Body)
	}
	text, ok := scalar(token)
	if !ok {
		return next, fmt.Errorf("%.80s is neither a string nor a number", token)
	}
	u := *r.URL
	u.RawQuery = withQuery(u.RawQuery, f.Query, text)
	next.URL = &u
	return next, nil
}

// scalar returns what a string stands for, or a number as it is written.
func scalar(token []byte) (string, bool) {
	switch c := token[0]; {
	case c == '"':
		text, err := rawjson.Text(token)
		return text, err == nil
	case c == '-' || '0' <= c && c <= '9':
		return string(token), true
	}
	return "", false
}

// inQuery returns the first value of a name in a raw query.
func inQuery(raw, name string) (string, bool) {
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if decoded(key) == name && pair != "" && name != "" {
			return decoded(value), true
		}
	}
	return "", false
}

// withQuery sets a value in a raw query, whose other pairs stay as they are written.
func withQuery(raw, name, value string) string {
	var pairs []string
	pair := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	set := false
	for old := range strings.SplitSeq(raw, "&") {
		key, _, _ := strings.Cut(old, "=")
		switch {
		case old == "":
		case decoded(key) != name:
			pairs = append(pairs, old)
		case !set:
			pairs = append(pairs, pair)
			set = true
		}
	}
	if !set {
		pairs = append(pairs, pair)
	}
	return strings.Join(pairs, "&")
}

// withoutQuery leaves a name out of a raw query.
func withoutQuery(raw, name string) string {
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if key, _, _ := strings.Cut(pair, "="); decoded(key) != name {
			pairs = append(pairs, pair)
		}
	}
	return strings.Join(pairs, "&")
}

func decoded(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
