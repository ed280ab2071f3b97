package partial

import (
	"net/http"
	"strconv"
	"strings"
)

// origin is what a part is the beginning of.
type origin struct {
	URL          string `json:"url_sha256"` // the URL may hold a credential
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	Total        int64  `json:"total"` // bytes; -1 if the server did not say
}

// ask makes a request one for what follows the first offset bytes.
func (o *origin) ask(h http.Header, offset int64) {
	h.Set("Range", "bytes="+strconv.FormatInt(offset, 10)+"-")
	if v := o.validator(); v != "" {
		h.Set("If-Range", v)
	}
}

// validator is what If-Range names: a strong entity tag, else the date (RFC 9110, section 13.1.5).
func (o *origin) validator() string {
	if o.ETag != "" && !strings.HasPrefix(o.ETag, "W/") {
		return o.ETag
	}
	return o.LastModified
}

// A Verdict is what a response means for a part.
type Verdict int

// The verdicts.
const (
	Append  Verdict = iota // its body follows the part
	Whole                  // its body is the whole, from the beginning
	Nothing                // the part is the whole already
	Again                  // the part is of no use: ask for the whole
	Neither                // it is about something else, such as an error
	Wrong                  // a part that was not asked for
)

// verdict tells what a response to a request for what follows offset bytes is. offset is 0 if the whole was asked for.
func (o *origin) verdict(resp *http.Response, offset int64) Verdict {
	switch resp.StatusCode {
	case http.StatusOK:
		return Whole
	case http.StatusPartialContent:
		first, total, ok := contentRange(resp.Header.Get("Content-Range"))
		switch {
		case !ok || first != offset || offset == 0:
			return Wrong
		case o.changed(resp.Header, total):
			return Again
		}
		return Append
	case http.StatusRequestedRangeNotSatisfiable:
		_, total, ok := contentRange(resp.Header.Get("Content-Range"))
		switch {
		case offset == 0:
			return Neither
		case ok && total == offset && !o.changed(resp.Header, total):
			return Nothing
		}
		return Again
	}
	return Neither
}

// changed reports whether a response is about something else than the part, for servers that do not know If-Range.
func (o *origin) changed(h http.Header, total int64) bool {
	differs := func(was, is string) bool { return was != "" && is != "" && was != is }
	return differs(o.ETag, h.Get("ETag")) || differs(o.LastModified, h.Get("Last-Modified")) ||
		o.Total >= 0 && total >= 0 && o.Total != total
}

// contentRange reads "bytes 5-9/10" and "bytes */10"; what is not told is -1.
func contentRange(text string) (first, total int64, ok bool) {
	text, ok = strings.CutPrefix(strings.TrimSpace(text), "bytes ")
	span, size, found := strings.Cut(text, "/")
	if !ok || !found {
		return -1, -1, false
	}
	first, total = -1, -1
	if size = strings.TrimSpace(size); size != "*" {
		if total, ok = number(size); !ok {
			return -1, -1, false
		}
	}
	if span = strings.TrimSpace(span); span != "*" {
		from, to, found := strings.Cut(span, "-")
		last, valid := number(to)
		if first, ok = number(from); !ok || !found || !valid || last < first || total >= 0 && last >= total {
			return -1, -1, false
		}
	}
	return first, total, true
}

func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0
}
