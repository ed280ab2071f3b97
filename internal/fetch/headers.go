package fetch

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/transport"
)

// moreHeaders adds those that have flags of their own. A header of the same name that was given goes
// before them.
func (o *Options) moreHeaders(h http.Header) {
	set := func(name, value string) {
		if _, own := h[name]; !own && value != "" {
			h[name] = []string{value}
		}
	}
	referer, _, _ := strings.Cut(o.Referer, ";auto")
	set("Referer", referer)
	if o.Compressed {
		set("Accept-Encoding", transport.AcceptEncoding)
	}
	if rest, ok := o.continueRange(); ok {
		set("Range", "bytes="+rest)
	}
	if o.Range != "" {
		set("Range", "bytes="+o.Range)
	}
}

// ParseRange reads -r. A number alone is where the part begins, as with curl; what else there may be is the server's to
// understand.
func ParseRange(text string) (string, error) {
	if strings.Trim(text, "0123456789") != "" || text == "" {
		return text, nil
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return "", input.Errorf("-r: %s is not a byte position", text)
	}
	return text + "-", nil
}

// setKind sets the Content-Type of a form or an upload; "-" is none. Of a multipart type that was given
// the boundary is missing.
func setKind(req *http.Request, kind string) {
	own, given := req.Header["Content-Type"]
	_, boundary, _ := strings.Cut(kind, "; boundary=")
	switch {
	case kind == "-":
	case !given:
		req.Header.Set("Content-Type", kind)
	case len(own) > 0 && strings.HasPrefix(own[0], "multipart/"):
		req.Header.Set("Content-Type", own[0]+"; boundary="+boundary)
	}
}
