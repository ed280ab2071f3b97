package writeout

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
)

// status is an HTTP status, of three digits also if it is 0.
type status int

// variables are those of -w: curl's, and attempts, waited and rate.
func variables() map[string]func(*Ending) any {
	table := map[string]func(*Ending) any{
		"attempts": func(e *Ending) any { return e.Attempts },
		"waited":   func(e *Ending) any { return e.Waited },
		"rate":     func(e *Ending) any { return e.Rate },

		"errormsg":           func(e *Ending) any { return orNil(e.Message) },
		"exitcode":           func(e *Ending) any { return e.Code },
		"filename_effective": func(e *Ending) any { return orNil(e.Transfer.File) },
		"method":             func(e *Ending) any { return e.Transfer.Method },
		"referer":            func(e *Ending) any { return orNil(e.Transfer.Referer) },
		"url":                func(e *Ending) any { return e.Transfer.URL },
		"urlnum":             func(*Ending) any { return 0 },
		"ftp_entry_path":     func(*Ending) any { return nil },
	}
	for _, more := range []map[string]func(*Transfer) any{answerVariables(), sizeVariables(), timeVariables()} {
		for name, f := range more {
			table[name] = func(e *Ending) any { return f(e.Transfer) }
		}
	}
	table["num_retries"] = func(e *Ending) any { return e.repeats() }
	return table
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func answerVariables() map[string]func(*Transfer) any {
	return map[string]func(*Transfer) any{
		"http_code":               func(t *Transfer) any { return t.status() },
		"response_code":           func(t *Transfer) any { return t.status() },
		"http_connect":            func(t *Transfer) any { return status(t.tunnel.Load()) },
		"http_version":            func(t *Transfer) any { return t.version() },
		"content_type":            func(t *Transfer) any { return orNil(t.header("Content-Type")) },
		"redirect_url":            func(t *Transfer) any { return orNil(t.leadsTo()) },
		"url_effective":           func(t *Transfer) any { return t.effective() },
		"scheme":                  func(t *Transfer) any { return t.scheme() },
		"num_redirects":           func(t *Transfer) any { return t.followed() },
		"num_connects":            func(t *Transfer) any { return t.connects },
		"num_headers":             func(t *Transfer) any { return t.headers() },
		"num_certs":               func(t *Transfer) any { return t.certificates() },
		"ssl_verify_result":       func(*Transfer) any { return 0 },
		"proxy_ssl_verify_result": func(*Transfer) any { return 0 },
		"local_ip":                func(t *Transfer) any { return ip(t.local) },
		"local_port":              func(t *Transfer) any { return port(t.local) },
		"remote_ip":               func(t *Transfer) any { return ip(t.remote) },
		"remote_port":             func(t *Transfer) any { return port(t.remote) },
	}
}

func sizeVariables() map[string]func(*Transfer) any {
	speed := func(t *Transfer, n int64) any {
		if d := t.total().Seconds(); d > 0 {
			return int64(float64(n) / d)
		}
		return int64(0)
	}
	return map[string]func(*Transfer) any{
		"size_download":  func(t *Transfer) any { return t.count(t.received) },
		"size_upload":    func(t *Transfer) any { return t.count(t.uploaded) },
		"size_header":    func(t *Transfer) any { return t.headSize() },
		"size_request":   func(t *Transfer) any { return t.requestSize() },
		"speed_download": func(t *Transfer) any { return speed(t, t.count(t.received)) },
		"speed_upload":   func(t *Transfer) any { return speed(t, t.count(t.uploaded)) },
	}
}

func timeVariables() map[string]func(*Transfer) any {
	at := func(moment func(*moments) time.Time) func(*Transfer) any {
		return func(t *Transfer) any {
			t.mu.Lock()
			defer t.mu.Unlock()
			if m := moment(&t.times); !m.IsZero() {
				return (t.redirects + t.since(m)).Seconds()
			}
			return 0.0
		}
	}
	return map[string]func(*Transfer) any{
		"time_namelookup":    at(func(m *moments) time.Time { return m.lookup }),
		"time_connect":       at(func(m *moments) time.Time { return m.connect }),
		"time_appconnect":    at(func(m *moments) time.Time { return m.handshake }),
		"time_pretransfer":   at(func(m *moments) time.Time { return m.request }),
		"time_starttransfer": at(func(m *moments) time.Time { return m.answer }),
		"time_redirect":      func(t *Transfer) any { return t.redirects.Seconds() },
		"time_total":         func(t *Transfer) any { return t.total().Seconds() },
	}
}

func (t *Transfer) total() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.redirects + t.since(t.times.end)
}

func (t *Transfer) status() status {
	if t.Response == nil {
		return 0
	}
	return status(t.Response.StatusCode)
}

func (t *Transfer) header(name string) string {
	if t.Response == nil {
		return ""
	}
	return t.Response.Header.Get(name)
}

func (t *Transfer) version() string {
	switch {
	case t.Response == nil:
		return "0"
	case t.Response.ProtoMajor > 1:
		return strconv.Itoa(t.Response.ProtoMajor)
	}
	return strings.TrimSuffix(strings.TrimPrefix(t.Response.Proto, "HTTP/"), ".0")
}

func (t *Transfer) followed() int { return max(len(heads(t.Response))-1, 0) }

// repeats is how many attempts were repeats of another.
func (e *Ending) repeats() int {
	if e.Transfer.paged {
		return e.Transfer.repeated
	}
	return e.Transfer.repeats(e.Attempts)
}

// leadsTo is where a response redirects to that was not followed.
func (t *Transfer) leadsTo() string {
	location := t.header("Location")
	if location == "" || t.Response.StatusCode/100 != 3 {
		return ""
	}
	u, err := t.Response.Request.URL.Parse(config.EscapeReference(location))
	if err != nil {
		return ""
	}
	return u.String()
}

func (t *Transfer) effective() string {
	if t.Response == nil {
		return t.URL
	}
	return t.Response.Request.URL.String()
}

func (t *Transfer) scheme() any {
	u, err := url.Parse(t.effective())
	if err != nil || t.remote == nil {
		return nil
	}
	return strings.ToUpper(u.Scheme)
}

func (t *Transfer) headers() (n int) {
	if t.Response != nil {
		for _, values := range fullHeader(t.Response) {
			n += len(values)
		}
	}
	return n
}

func (t *Transfer) certificates() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.certs
}

// headSize is how long the responses' heads were, in bytes.
func (t *Transfer) headSize() (n int) {
	for _, h := range heads(t.Response) {
		n += len(h)
	}
	return n
}

// requestSize is how long the last request was, in bytes.
func (t *Transfer) requestSize() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.head == 0 {
		return 0
	}
	line := len(t.Method) + len(" /") + len(" HTTP/1.1\r\n\r\n")
	if u, err := url.Parse(t.effective()); err == nil {
		line += len(u.RequestURI()) - 1
	}
	return int64(line+t.head) + *t.uploaded
}

func ip(a net.Addr) any {
	host, _, err := net.SplitHostPort(text(a))
	if err != nil {
		return ""
	}
	return host
}

func port(a net.Addr) any {
	_, port, err := net.SplitHostPort(text(a))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port)
	return n
}

func text(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}
