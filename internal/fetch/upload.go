package fetch

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// checkBodies rejects options that would each make a body of their own, as curl does.
func (o *Options) checkBodies() error {
	kinds := 0
	for _, given := range []bool{len(o.Data) > 0 && !o.Get, len(o.Form) > 0, o.Upload != "", o.Head && !o.Get} {
		if given {
			kinds++
		}
	}
	if kinds > 1 {
		return input.Errorf("only one of data (-d, --json), a form (-F), an upload (-T) and -I can be sent")
	}
	return nil
}

// upload is -T's file. A path that ends with a slash gets the file's name.
func (o *Options) upload(p *payload, in io.Reader) (*content, error) {
	c := &content{}
	p.kind = "-" // none
	if o.Upload == "-" || o.Upload == "." {
		return c, c.stdin(in)
	}
	path, query, found := strings.Cut(o.Path, "?")
	if strings.HasSuffix(path, "/") {
		o.Path = path + url.PathEscape(filepath.Base(o.Upload))
		if found {
			o.Path += "?" + query
		}
	}
	return c, c.read(o.Upload, in)
}
