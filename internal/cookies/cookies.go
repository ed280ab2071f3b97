// Package cookies implements curl's -b and -c: a cookie jar, read from and written to a file in Netscape format.
package cookies

import (
	"cmp"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/input"
)

// Jar is what -b and -c say: text that is sent as it is, and a jar of cookies that responses change. It
// is an apiclient.Cookies: no other origin than the profile's own ever sees or sets one.
type Jar struct {
	text   string   // -b name=value
	files  []string // names of the files of -b
	engine bool     // a file was named: answers are listened to

	mu   sync.Mutex
	jar  []cookie
	host string // of the requests so far
}

// A cookie as a Netscape file has it.
type cookie struct {
	domain   string // lower case, without a dot in front; empty where a file of headers names none: the API's host
	tail     bool   // for hosts below the domain too
	path     string
	secure   bool
	httpOnly bool
	expires  time.Time // zero: with the session
	name     string
	value    string
}

// Read reads the -b options: what has an equals sign is sent, anything else is a file, and - standard
// input. A file that is not there is an empty jar, as with curl: it may be written at the end.
func Read(options []string, file string, in io.Reader) (*Jar, error) {
	c := &Jar{engine: file != ""}
	var text []string
	for _, o := range options {
		if strings.Contains(o, "=") {
			text = append(text, strings.TrimSpace(o))
			continue
		}
		c.engine = true
		c.files = append(c.files, filepath.Base(o))
		if err := c.load(o, in); err != nil {
			return nil, err
		}
	}
	c.text = strings.Join(text, ";")
	if err := httpcheck.CheckHeader("Cookie", c.text); err != nil {
		return nil, input.Wrap(err)
	}
	return c, nil
}

// Header implements apiclient.Cookies.
func (c *Jar) Header(u *url.URL) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.host = strings.ToLower(u.Hostname())
	var out []string
	now := time.Now()
	fitting := slices.DeleteFunc(slices.Clone(c.jar), func(k cookie) bool { return !k.fits(u, now) })
	slices.Reverse(fitting)
	slices.SortStableFunc(fitting, func(a, b cookie) int { // curl's order
		return cmp.Or(len(b.path)-len(a.path), len(b.name)-len(a.name))
	})
	for _, k := range fitting {
		out = append(out, k.name+"="+k.value)
	}
	if c.text != "" {
		out = append(out, c.text)
	}
	return strings.Join(out, "; ")
}

// Received implements apiclient.Cookies.
func (c *Jar) Received(u *url.URL, h http.Header) {
	if !c.engine {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, line := range h["Set-Cookie"] {
		c.set(line, u, now)
	}
}

// set takes a Set-Cookie header. What is not for the host that sent it is dropped.
func (c *Jar) set(line string, u *url.URL, now time.Time) {
	sent, ok := parseSetCookie(line)
	if !ok {
		return
	}
	k := cookie{
		domain: strings.ToLower(u.Hostname()), path: sent.path, secure: sent.secure, httpOnly: sent.httpOnly,
		name: sent.name, value: sent.value, expires: sent.ends(now),
	}
	if !strings.HasPrefix(k.path, "/") {
		k.path = defaultPath(u.EscapedPath())
	}
	if domain := sent.domain; domain != "" && domain != k.domain {
		if !below(k.domain, domain) || !strings.Contains(domain, ".") {
			return
		}
		k.domain, k.tail = domain, true
	} else if domain != "" {
		k.tail = !isAddress(domain)
	}
	if !safe(u) && (k.secure || c.covers(&k)) {
		return
	}
	c.put(k, now)
}

// safe reports whether nobody between here and the server of a URL can read or change what is sent.
func safe(u *url.URL) bool { return u.Scheme == "https" || loopback(u.Hostname()) }

// covers reports whether a cookie that came without TLS would take the place of a secure one.
func (c *Jar) covers(k *cookie) bool {
	return slices.ContainsFunc(c.jar, func(old cookie) bool {
		return old.secure && old.name == k.name && (old.domain == k.domain || below(k.domain, old.domain) || below(old.domain, k.domain)) &&
			under(k.path, old.path)
	})
}

// put keeps a cookie in the place of one with the same name; one that has expired takes it away.
func (c *Jar) put(k cookie, now time.Time) {
	at := slices.IndexFunc(c.jar, func(old cookie) bool {
		return old.name == k.name && old.domain == k.domain && strings.TrimSuffix(old.path, "/") == strings.TrimSuffix(k.path, "/")
	})
	gone := !k.expires.IsZero() && !k.expires.After(now)
	switch {
	case at < 0 && !gone:
		c.jar = append(c.jar, k)
	case at >= 0 && gone:
		c.jar = slices.Delete(c.jar, at, at+1)
	case at >= 0:
		c.jar[at] = k
	}
}

// fits reports whether a cookie goes with a request.
func (k *cookie) fits(u *url.URL, now time.Time) bool {
	host := strings.ToLower(u.Hostname())
	return (k.domain == "" || host == k.domain || k.tail && below(host, k.domain)) &&
		(!k.secure || safe(u)) &&
		(k.expires.IsZero() || k.expires.After(now)) &&
		under(u.EscapedPath(), k.path)
}

// below reports whether a host lies below a domain; an address does not.
func below(host, domain string) bool {
	return !isAddress(host) && strings.HasSuffix(host, "."+domain)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// loopback reports whether what is sent to a host stays on this machine: secure without TLS.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// under reports whether a path lies under a cookie's, of which a slash at the end does not count.
func under(path, of string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(of, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// defaultPath is that of a cookie which names none: the request's directory, with the slash that curl writes behind it.
func defaultPath(path string) string {
	return "/" + strings.TrimPrefix(path[:strings.LastIndex(path, "/")+1], "/")
}

// Secrets implements apiclient.Cookies: what nobody may see.
func (c *Jar) Secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for pair := range strings.SplitSeq(c.text, ";") {
		_, value, _ := strings.Cut(pair, "=")
		out = append(out, value)
	}
	for _, k := range c.jar {
		out = append(out, k.value)
	}
	return slices.DeleteFunc(out, func(s string) bool { return len(s) < shortSecret })
}

// Identity implements apis.Cookies. Those that were given say who asks. Those of a file are renewed by the server, so
// the file's name stands for them, which is the same on every host.
func (c *Jar) Identity() string {
	if c.text == "" && len(c.files) == 0 {
		return ""
	}
	return strings.Join(append([]string{c.text}, c.files...), "\n")
}

// shortSecret is how long a cookie's value has to be to count as a secret wherever it turns up: shorter
// ones, such as 1 or yes, are not searched for.
const shortSecret = 6
