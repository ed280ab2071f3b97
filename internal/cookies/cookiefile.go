package cookies

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/input"
)

const httpOnlyMark = "#HttpOnly_"

// load reads a file of cookies: lines of Netscape's format, or of headers as -D or -i write them, of which
// Set-Cookie counts.
func (c *Jar) load(file string, in io.Reader) error {
	if file == "" {
		return nil
	}
	b, err := readCookies(file, in)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return input.Wrap(err)
	}
	now := time.Now()
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		k, ok := parseHeaderCookie(line, now)
		if !ok {
			k, ok = parseCookie(line)
		}
		if ok {
			c.put(k, now)
		}
	}
	if err := lines.Err(); err != nil {
		return input.Errorf("read cookies from %s: %w", file, err)
	}
	return nil
}

func readCookies(file string, in io.Reader) ([]byte, error) {
	if file == "-" && in != nil {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

// parseHeaderCookie reads a line with a Set-Cookie header. Which host it is from nobody knows: unless it
// names a domain it is for the API's.
func parseHeaderCookie(line string, now time.Time) (k cookie, ok bool) {
	name, value, _ := strings.Cut(line, ":")
	if !strings.EqualFold(name, "Set-Cookie") {
		return k, false
	}
	sent, ok := parseSetCookie(trimBlank(value))
	if !strings.HasPrefix(sent.path, "/") {
		sent.path = "/"
	}
	return cookie{
		domain: sent.domain, tail: sent.domain != "" && !isAddress(sent.domain), path: sent.path, secure: sent.secure,
		httpOnly: sent.httpOnly, name: sent.name, value: sent.value, expires: sent.ends(now),
	}, ok
}

// parseCookie reads a line: domain, for hosts below it too, path, secure, expires, name, value.
func parseCookie(line string) (k cookie, ok bool) {
	line, k.httpOnly = strings.CutPrefix(line, httpOnlyMark)
	if strings.HasPrefix(line, "#") {
		return k, false
	}
	f := strings.Split(line, "\t")
	if len(f) == 6 {
		f = append(f, "") // an empty value
	}
	if len(f) != 7 || f[0] == "" || f[5] == "" || strings.Contains(f[5]+f[6], ";") || httpcheck.CheckHeader("Cookie", f[5]+f[6]) != nil {
		return k, false
	}
	expires, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil {
		return k, false
	}
	if expires != 0 {
		k.expires = time.Unix(min(expires, math.MaxInt32*1000), 0)
	}
	k.domain, k.tail, k.path = strings.ToLower(strings.TrimPrefix(f[0], ".")), strings.EqualFold(f[1], "TRUE"), f[2]
	k.secure, k.name, k.value = strings.EqualFold(f[3], "TRUE"), f[5], f[6]
	return k, true
}

func (k *cookie) String() string {
	var b strings.Builder
	if k.httpOnly {
		b.WriteString(httpOnlyMark)
	}
	truth := map[bool]string{true: "TRUE", false: "FALSE"}
	if k.tail {
		b.WriteString(".")
	}
	expires := int64(0)
	if !k.expires.IsZero() {
		expires = k.expires.Unix()
	}
	fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%d\t%s\t%s", k.domain, truth[k.tail], k.path, truth[k.secure], expires, k.name, k.value)
	return b.String()
}

// File is what -c writes.
func (c *Jar) File() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	b.WriteString("# Netscape HTTP Cookie File\n# Written by arl.\n\n")
	for _, k := range c.jar {
		if k.domain == "" {
			k.domain = cmp.Or(c.host, "unknown") // curl's word
		}
		b.WriteString(k.String() + "\n")
	}
	return b.Bytes()
}
