package curl_test

import (
	"crypto/md5" //nolint:gosec // the algorithm of RFC 2617
	"crypto/sha256"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strings"
)

// digestParameter is one of a Digest header's.
var digestParameter = regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^\s,]*))`)

// serveDigest lets in a client that has proven to be "me" with the password "secret" (RFC 7616). Below /digest the path says
// how: md5 (RFC 2617), sha256, both, old (RFC 2069, no qop), stale (a nonce that is not taken any more), basic, none.
func serveDigest(w http.ResponseWriter, r *http.Request, proof string) {
	way := strings.TrimPrefix(r.URL.Path, "/digest/")
	if way == "none" || proof == "right" {
		fmt.Fprintln(w, r.Method, way)
		return
	}
	nonce := "first"
	if way == "stale" && proof == "old nonce" {
		nonce = `second", stale="true`
	}
	offers := map[string][]string{
		"md5": {"MD5"}, "sha256": {"SHA-256"}, "both": {"SHA-256", "MD5"}, "stale": {"MD5"}, "old": {"MD5"}, "sess": {"MD5-sess"},
	}
	for _, algorithm := range offers[way] {
		offer := fmt.Sprintf(`Digest realm="a, b", nonce="%s", algorithm=%s, opaque="0f"`, nonce, algorithm)
		if way != "old" {
			offer += `, qop="auth"`
		}
		w.Header().Add("WWW-Authenticate", offer)
	}
	if way == "basic" {
		w.Header().Add("WWW-Authenticate", `Basic realm="a"`)
	}
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprintln(w, "who are you?")
}

// proofOf says what is to be said of a request's Authorization: nothing, "right", "wrong" or "old nonce".
func proofOf(r *http.Request) string {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Digest ")
	if !ok {
		return ""
	}
	p := make(map[string]string)
	for _, m := range digestParameter.FindAllStringSubmatch(text, -1) {
		p[strings.ToLower(m[1])] = m[2] + m[3]
	}
	if p["username"] != "me" || p["realm"] != "a, b" || p["opaque"] != "0f" || p["uri"] != r.RequestURI {
		return "wrong"
	}
	if p["response"] != digestResponse(r.Method, p) {
		return "wrong"
	}
	if strings.HasSuffix(r.URL.Path, "/stale") && p["nonce"] == "first" {
		return "old nonce"
	}
	return "right"
}

// digestResponse is the response of RFC 7616, section 3.4.1, and without a qop that of RFC 2069.
func digestResponse(method string, p map[string]string) string {
	sum := func(parts ...string) string {
		h := hash.Hash(md5.New()) //nolint:gosec // see above
		if strings.HasPrefix(p["algorithm"], "SHA-256") {
			h = sha256.New()
		}
		h.Write([]byte(strings.Join(parts, ":")))
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	a1 := sum("me", "a, b", "secret")
	if strings.HasSuffix(p["algorithm"], "-sess") {
		a1 = sum(a1, p["nonce"], p["cnonce"])
	}
	a2 := sum(method, p["uri"])
	if p["qop"] == "" {
		return sum(a1, p["nonce"], a2)
	}
	return sum(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], a2)
}
