package httpcache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A Key tells the responses to one request from those to others.
type Key struct {
	URL *url.URL // without what a credential adds
	// Identity tells who asks. Only a hash of it is kept.
	Identity string
	Header   http.Header // of the request as it is sent
}

// names are how a key's files begin: all of one URL share the first part.
type names struct {
	origin string // the directory's
	url    string
	entry  string // of one URL and who asks
}

func (k Key) names() names {
	origin := strings.ToLower(k.URL.Scheme + "://" + k.URL.Host)
	target := digest(origin, k.URL.EscapedPath(), k.URL.RawQuery)
	return names{
		origin: readable(k.URL.Host) + "-" + digest(origin)[:8],
		url:    target, entry: target + "-" + digest(k.Identity)[:16],
	}
}

// digest is 32 hexadecimal digits for parts that no other parts have.
func digest(parts ...string) string {
	b := make([]byte, 0, 256)
	for _, part := range parts {
		b = append(append(strconv.AppendInt(b, int64(len(part)), 10), ':'), part...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// readable is a host as a part of a file's name on every system.
func readable(host string) string {
	host = strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(host))
	return host[:min(len(host), 80)]
}

// variant is what tells the response to a request from those to others with other values of the varied fields: a hash,
// since the values may be anything. Authorization is told apart by the key's identity, which stays the same when a token
// is renewed.
func variant(vary []string, request http.Header) string {
	parts := make([]string, 0, 2*len(vary))
	for _, name := range slices.Sorted(slices.Values(vary)) {
		if name == "Authorization" {
			continue
		}
		values := make([]string, 0, 1)
		for _, value := range request[name] {
			values = append(values, strings.Join(strings.Fields(value), " ")) // white space means nothing (section 4.1)
		}
		parts = append(parts, name, strings.Join(values, ", "))
	}
	return digest(parts...)[:16]
}
