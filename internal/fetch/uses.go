package fetch

import (
	"strings"

	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/partial"
)

// Uses lists the files that a request reads and writes, and standard input as "-".
func (o *Options) Uses() []files.Use {
	var uses []files.Use
	add := func(flag, name string, writes bool, beside string) {
		if name != "" {
			uses = append(uses, files.Use{What: flag, Name: name, Writes: writes, Beside: beside})
		}
	}
	body := "-o"
	if o.RemoteName {
		body = "-O"
	}
	add(body, o.Output, true, "")
	if o.continues() {
		for _, name := range partial.Files(o.Output) {
			add("-C", name, true, "")
		}
	}
	add("-D", o.DumpHeader, true, "")
	add("-c", o.CookieJar, true, "-b") // a session that goes on, as with curl
	for _, c := range o.Cookies {
		if !strings.Contains(c, "=") {
			add("-b", c, false, "-c")
		}
	}
	for _, d := range o.Data {
		add("--data", d.file(), false, "")
	}
	for _, q := range o.URLQuery {
		if !strings.HasPrefix(q, "+") {
			add("--url-query", Datum{DataURLEncode, q}.file(), false, "")
		}
	}
	for _, f := range o.Form {
		if part, err := f.parse(); err == nil {
			add("-F", part.file, false, "")
		}
	}
	if name, ok := GraphQLFile(o.GraphQL); ok {
		add("--graphql", name, false, "")
	}
	for _, f := range o.Fields {
		add("--field", f.file(), false, "")
	}
	if o.Upload != "." {
		add("-T", o.Upload, false, "")
	} else {
		add("-T", "-", false, "")
	}
	return uses
}

// file is the file that a datum is read from; empty if none is.
func (d Datum) file() string {
	switch d.Kind {
	case DataRaw:
		return ""
	case DataURLEncode:
		if at := strings.IndexAny(d.Value, "=@"); at >= 0 && d.Value[at] == '@' {
			return d.Value[at+1:]
		}
		return ""
	}
	return input.AfterAt(d.Value)
}

// file is the file that a field is read from; empty if none is.
func (f Field) file() string {
	if f.Raw {
		return ""
	}
	_, value, _ := strings.Cut(f.Text, "=")
	return input.AfterAt(value)
}

// HeaderUses lists the files that headers are read from.
func (o *Options) HeaderUses() (uses []files.Use) {
	for _, line := range o.Header {
		if name := input.AfterAt(line); name != "" {
			uses = append(uses, files.Use{What: "-H", Name: name})
		}
	}
	return uses
}
