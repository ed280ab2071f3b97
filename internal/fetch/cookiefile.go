package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

const httpOnlyMark = "#HttpOnly_"

// load reads a file of cookies: Netscape's format, or headers with Set-Cookie.
func (c *cookies) load(file string) error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &InputError{err}
	}
	now := time.Now()
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if k, ok := parseCookie(strings.TrimRight(lines.Text(), "\r")); ok {
			c.put(k, now)
		}
	}
	if err := lines.Err(); err != nil {
		return &InputError{fmt.Errorf("read cookies from %s: %w", file, err)}
	}
	return nil
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
	if len(f) != 7 || f[0] == "" || f[5] == "" || strings.ContainsAny(f[5]+f[6], ";\r\n\x00") {
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

// file is what -c writes.
func (c *cookies) file() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	b.WriteString("# Netscape HTTP Cookie File\n# Written by arl.\n\n")
	for _, k := range c.jar {
		b.WriteString(k.String() + "\n")
	}
	return b.Bytes()
}
