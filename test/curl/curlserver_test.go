package curl_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/arl-cli/arl/test/arltest"
)

// curlServers are what one run of a command line can talk to. They write down what they are asked.
type curlServers struct {
	bases map[string]string // of the apis
	hosts map[string]string // host:port of each server, by the name that stands for it

	mu       sync.Mutex
	requests []string
}

// noHost is a name that nobody has.
const noHost = "no-such-host.invalid"

// startCurlServers starts those that a line means.
func startCurlServers(t *testing.T, dir, line string) *curlServers {
	s := &curlServers{hosts: make(map[string]string)}
	plain := s.serve(t, "S", "")
	for word, start := range map[string]func(){
		"$OTHER": func() { s.serve(t, "OTHER", "at another origin: ") },
		"tls /":  func() { s.serveTLS(t, "TLS", filepath.Join(dir, "server.pem"), tls.RequestClientCert) },
		"mtls /": func() { s.serveTLS(t, "MTLS", filepath.Join(dir, "mutual.pem"), tls.RequireAnyClientCert) },
		"socket": func() { s.serveSocket(t, filepath.Join(dir, "socket")) },
		"$P":     func() { s.serveProxy(t) },
		"$SOCKS": func() { s.serveSOCKS(t) },
	} {
		if strings.Contains(line, word) {
			start()
		}
	}
	s.bases = map[string]string{
		"s": plain, "tls": "https://" + s.hosts["TLS"], "mtls": "https://" + s.hosts["MTLS"], "dead": "http://127.0.0.1:1",
		"nohost": "http://" + noHost + ":" + s.port(),
	}
	return s
}

// port is that of the plain server.
func (s *curlServers) port() string {
	_, port, _ := net.SplitHostPort(s.hosts["S"])
	return port
}

func (s *curlServers) serve(t *testing.T, name, mark string) string {
	server := httptest.NewUnstartedServer(s.handler(mark))
	quietly(server)
	server.Start()
	t.Cleanup(func() { closeServer(server) })
	s.hosts[name] = server.Listener.Addr().String()
	return server.URL
}

func (s *curlServers) serveTLS(t *testing.T, name, certificate string, client tls.ClientAuthType) {
	server := httptest.NewUnstartedServer(s.handler(""))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{ClientAuth: client}
	quietly(server)
	server.StartTLS()
	t.Cleanup(func() { closeServer(server) })
	s.hosts[name] = server.Listener.Addr().String()
	arltest.Write(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
}

func (s *curlServers) serveSocket(t *testing.T, path string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(s.handler("at the socket: "))
	server.Listener.Close()
	server.Listener = l
	quietly(server)
	server.Start()
	t.Cleanup(func() { closeServer(server) })
}

func quietly(server *httptest.Server) { server.Config.ErrorLog = log.New(io.Discard, "", 0) }

func closeServer(server *httptest.Server) {
	server.CloseClientConnections()
	server.Close()
}

// handler answers what it is asked for:
//
//	/answer...      as in [strange]
//	/to?302=/x      redirects there
//	/digest/...     as in [serveDigest]
//	/loop           redirects to itself
//	/set            sets cookies; with ?302=/x it redirects too
//	/chunks         an answer in chunks
//	/gzip,br...     a body that is compressed so
//	/trailers       headers behind the body, announced and not
//	/close /garbage /cut /hang   as in [strange]
//	/...            the method and the path
func (s *curlServers) handler(mark string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proof := proofOf(r)
		if proof != "" {
			r.Header.Set("Authorization", "Digest, and it is "+proof) // the rest is random
		}
		s.note(mark, r)
		name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch name {
		case "answer":
			arltest.Respond(w, r.URL.Query())
		case "to":
			redirectTo(w, r)
		case "digest":
			serveDigest(w, r, proof)
		case "loop":
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusFound)
		case "set":
			w.Header().Add("Set-Cookie", "first=1")
			w.Header().Add("Set-Cookie", "second=two words; Path=/; HttpOnly")
			w.Header().Add("Set-Cookie", "third=3; Path=/elsewhere; Expires=Fri, 01 Jan 2100 00:00:00 GMT")
			redirectTo(w, r)
		case "chunks":
			fmt.Fprint(w, "one ")
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, "two\n")
		case "trailers":
			arltest.TakeOver(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n")
		case "close":
			arltest.TakeOver(w, "")
		case "garbage":
			arltest.TakeOver(w, "SSH-2.0-OpenSSH_9.9\r\n\r\n")
		case "cut":
			arltest.TakeOver(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhello")
		case "hang":
			<-r.Context().Done()
		default:
			if encode(w, name) {
				return
			}
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "%s%s %s\n", mark, r.Method, r.URL.Path)
		}
	})
}

// redirectTo redirects where a query such as ?302=/x says.
func redirectTo(w http.ResponseWriter, r *http.Request) {
	code, location, found := strings.Cut(r.URL.RawQuery, "=")
	if found {
		w.Header().Set("Location", location)
		switch code {
		case "301":
			w.WriteHeader(http.StatusMovedPermanently)
		case "302":
			w.WriteHeader(http.StatusFound)
		case "303":
			w.WriteHeader(http.StatusSeeOther)
		case "307":
			w.WriteHeader(http.StatusTemporaryRedirect)
		case "308":
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	}
	fmt.Fprintln(w, "moved")
}

// encode answers with a compressed body, if the path says how.
func encode(w http.ResponseWriter, names string) bool {
	body := []byte(strings.Repeat("the response, again and again\n", 20))
	if names == "badgzip" || names == "unknownencoding" {
		encoding := map[string]string{"badgzip": "gzip", "unknownencoding": "x-rot13"}[names]
		w.Header().Set("Content-Encoding", encoding)
		_, _ = w.Write(body)
		return true
	}
	for name := range strings.SplitSeq(names, ",") {
		var b bytes.Buffer
		var c io.WriteCloser
		switch name {
		case "gzip":
			c = gzip.NewWriter(&b)
		case "deflate":
			c = zlib.NewWriter(&b)
		case "rawdeflate":
			c, _ = flate.NewWriter(&b, 5)
		case "br":
			c = brotli.NewWriter(&b)
		case "zstd":
			c, _ = zstd.NewWriter(&b)
		default:
			return false
		}
		_, _ = c.Write(body)
		_ = c.Close()
		body = b.Bytes()
	}
	w.Header().Set("Content-Encoding", strings.ReplaceAll(strings.ReplaceAll(names, "rawdeflate", "deflate"), ",", ", "))
	_, _ = w.Write(body)
	return true
}

// note writes down a request: the order and the case of its headers are net/http's.
func (s *curlServers) note(mark string, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s\n", mark, r.Method, r.RequestURI)
	b.WriteString(peerOf(r.TLS))
	fmt.Fprintf(&b, "Host: %s\n", r.Host)
	r.Header.Del("Expect")           // curl asks first before it sends a large body
	r.Header.Del("Proxy-Connection") // which no standard knows
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	for _, coding := range r.TransferEncoding {
		fmt.Fprintf(&b, "Transfer-Encoding: %s\n", coding)
	}
	fmt.Fprintf(&b, "\n%s", body)
	if err != nil {
		fmt.Fprintf(&b, "\n%v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, b.String())
}

func (s *curlServers) seen() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		out = append(out, s.normal(r))
	}
	return out
}

// config writes a configuration with an api, and returns its directory.
func (s *curlServers) config(t *testing.T, home, api string) string {
	text := fmt.Sprintf("apis: {%s: {base_url: %q, initial_rate: 1000, burst: 100}}\n", api, s.bases[api])
	dir := filepath.Join(home, "arl")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	arltest.Write(t, filepath.Join(dir, "config.yaml"), text)
	return dir
}

// variables are what $S and the like stand for in a line.
func (s *curlServers) variables() *strings.Replacer {
	pairs := []string{"$S_PORT", s.port(), "$NOHOST", noHost + ":" + s.port()}
	for _, name := range []string{"SOCKS", "OTHER", "S", "P"} { // no name before one that it begins
		if host := s.hosts[name]; host != "" {
			pairs = append(pairs, "$"+name, host)
		}
	}
	return strings.NewReplacer(pairs...)
}

// normal takes out of a text what cannot be the same in two runs.
func (s *curlServers) normal(text string) string {
	pairs := []string{noHost + ":" + s.port(), noHost}
	for name, host := range s.hosts {
		pairs = append(pairs, host, name)
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	text = regexp.MustCompile(`\b(curl/7|curl/8|arl/1)[0-9.]+`).ReplaceAllString(text, "THE-AGENT")
	text = regexp.MustCompile(`-{24}[0-9a-f]{16}`).ReplaceAllString(text, "BOUNDARY")
	if strings.Contains(text, "# Netscape HTTP Cookie File") {
		return sortedCookies(text)
	}
	return sortedHeads(text)
}

// sortedHeads sorts the headers in a text, and drops the date.
func sortedHeads(text string) string {
	return regexp.MustCompile(`(?m)^(HTTP/[0-9.]+ [^\r\n]*\r\n)((?:[^\r\n]+\r\n)*)\r\n`).ReplaceAllStringFunc(text, func(head string) string {
		lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
		for i, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ":")
			lines[i+1] = strings.ToLower(name) + ":" + value
		}
		headers := slices.DeleteFunc(lines[1:], func(line string) bool { return strings.HasPrefix(line, "date:") })
		slices.Sort(headers)
		return lines[0] + "\n" + strings.Join(headers, "\n") + "\n\n"
	})
}

// sortedCookies sorts the lines of a cookie file, without what is only said to its reader.
func sortedCookies(text string) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "# ")
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
