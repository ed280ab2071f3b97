package fetch

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/input"
)

// Headers reads the -H options: what to set, and as names without values what to take away.
func (o *Options) headers(in io.Reader) (http.Header, error) {
	h := make(http.Header)
	for _, line := range o.Header {
		lines := []string{line}
		if name, ok := strings.CutPrefix(line, "@"); ok {
			b, err := input.ReadFile(name, in)
			if err != nil {
				return nil, err
			}
			lines = splitLines(b)
		}
		for _, l := range lines {
			if err := addHeader(h, l); err != nil {
				return nil, err
			}
		}
	}
	if _, own := h["User-Agent"]; !own && o.UserAgent != "" {
		h.Set("User-Agent", o.UserAgent)
	} else if !own && o.NoUserAgent {
		h["User-Agent"] = nil
	}
	o.moreHeaders(h)
	if o.TimeCond != "" {
		name, value, err := o.timeCondition()
		if err != nil {
			return nil, err
		}
		if _, own := h[name]; !own {
			h[name] = []string{value}
		}
	}
	return h, checkHeaders(h)
}

// checkHeaders returns an error for a header that cannot be sent, whichever flag it comes from.
func checkHeaders(h http.Header) error {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if err := httpcheck.CheckHeader(name, value); err != nil {
				return input.Wrap(err)
			}
		}
	}
	return nil
}

func splitLines(b []byte) []string {
	var out []string
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if text := strings.TrimSpace(s.Text()); text != "" && text[0] != '#' {
			out = append(out, s.Text())
		}
	}
	return out
}

func addHeader(h http.Header, line string) error {
	if name, ok := strings.CutSuffix(line, ";"); ok && !strings.Contains(line, ":") {
		key := http.CanonicalHeaderKey(strings.TrimSpace(name))
		h[key] = append(h[key], "")
		return nil
	}
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || strings.ContainsAny(name, " \t\r\n") {
		return input.Errorf("header %q must have the form \"Name: value\"", firstWord(line))
	}
	key := http.CanonicalHeaderKey(name)
	if value == "" {
		h[key] = slices.Clip(h[key]) // takes away what arl would send, not what was given
		return nil
	}
	h[key] = append(h[key], value)
	return nil
}

// credential is what --oauth2-bearer or -u brings. One in a header the client knows by itself.
func (o *Options) credential() *credential.Credential {
	switch {
	case o.Bearer != "":
		return credential.Bearer(o.Bearer, "--oauth2-bearer")
	case o.User == "":
		return nil
	}
	user, password, _ := strings.Cut(o.User, ":")
	if region, service, ok := ParseAWS(o.AWS); ok {
		return credential.SigV4(credential.Keys{ID: user, Secret: password, Region: region, Service: service}, "-u")
	}
	return credential.Basic(user, password, "-u")
}

// request makes the request with its own headers; the client adds the profile's and the credential.
func (o *Options) request(ctx context.Context, c *apiclient.Client, h http.Header, p payload) (*http.Request, error) {
	if err := httpcheck.CheckMethod(o.method()); err != nil {
		return nil, input.Wrap(err)
	}
	req, err := c.NewRequest(ctx, o.method(), o.Path, p.body)
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = JoinQuery(req.URL.RawQuery, p.query)
	if strings.ContainsFunc(req.URL.RawQuery, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, input.Errorf("the query contains white space or a control character: use --data-urlencode or --url-query to escape it")
	}
	req.Header = h.Clone()
	fallback := func(name, value string) {
		if _, own := req.Header[name]; !own && c.Profile().Headers[name] == "" {
			req.Header.Set(name, value)
		}
	}
	if p.stream != nil {
		p.stream.attach(req)
	}
	switch {
	case p.kind != "":
		setKind(req, p.kind)
	case p.json:
		fallback("Content-Type", "application/json")
		fallback("Accept", "application/json")
	case p.body != nil || p.stream != nil:
		fallback("Content-Type", "application/x-www-form-urlencoded")
	}
	fallback("Accept", "*/*")
	return req, nil
}

// HasBody reports whether data goes into the body. Fields of a GET go into the query.
func (o *Options) HasBody() bool {
	return len(o.Form) > 0 || o.Upload != "" || o.GraphQL != "" || len(o.Data) > 0 && !o.Get
}

// method is what is sent: as told, else POST with data and GET without, as curl has it.
func (o *Options) method() string {
	switch {
	case o.Method != "":
		return o.Method
	case o.Head:
		return http.MethodHead
	case o.Upload != "":
		return http.MethodPut
	case len(o.Form) > 0, o.GraphQL != "", len(o.Data)+len(o.Fields) > 0 && !o.Get:
		return http.MethodPost
	}
	return http.MethodGet
}

// firstWord is what may be shown of a header that has no colon: the rest is perhaps a credential.
func firstWord(line string) string {
	if word, _, more := strings.Cut(line, " "); more {
		return word + " ..."
	}
	return line
}

// ParseAWS reads curl's aws:amz:REGION:SERVICE.
func ParseAWS(text string) (region, service string, ok bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 4 || parts[0] != "aws" || parts[1] != "amz" || parts[2] == "" || parts[3] == "" {
		return "", "", false
	}
	return parts[2], parts[3], true
}
