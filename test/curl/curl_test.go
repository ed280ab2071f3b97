package curl_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/test/arltest"
)

// TestCurl gives the command lines of testdata/lines.txt to curl and to arl, each with servers of
// its own, and compares what arrived there, the exit codes, standard output and the files that were
// made. Where they differ, docs/curl.md says so: such a line must differ in just the ways that its
// difference lists, and every other line in none.
func TestCurl(t *testing.T) {
	t.Parallel()
	curl := curlProgram(t)
	arl, err := exec.LookPath("arl") // TestMain has put it into PATH
	if err != nil {
		t.Fatal(err)
	}
	files := readCurlFiles(t)
	known, used := readDifferences(t), make(map[string]bool)
	for i, l := range readCurlLines(t) {
		if l.difference != "" {
			if known[l.difference] == nil {
				t.Errorf("%s: docs/curl.md has no difference %s", l.text, l.difference)
			}
			used[l.difference] = true
		}
		if arltest.Raced && i%5 != 0 {
			continue // starting a program takes long there, and this is not to find races
		}
		t.Run(l.text, func(t *testing.T) {
			t.Parallel()
			want := l.run(t, files, curl, "-q", "-sS")
			got := l.run(t, files, arl, "request")
			l.compare(t, known[l.difference], want, got)
		})
	}
	for name := range known {
		if !used[name] {
			t.Errorf("docs/curl.md lists %s, which no line of testdata/lines.txt shows", name)
		}
	}
}

func curlProgram(t *testing.T) string {
	path, err := exec.LookPath("curl")
	switch {
	case err == nil && runtime.GOOS == "linux":
		return path
	case os.Getenv("CI") != "" && runtime.GOOS == "linux": // where CI installs it
		t.Fatal("curl is not installed, and CI must have it")
	}
	t.Skip("compared with the curl of Linux")
	return ""
}

// readDifferences reads the table of docs/curl.md: a name, and in which of exit, request, stdout and
// files arl differs.
func readDifferences(t *testing.T) map[string][]string {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "curl.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string][]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| ([a-z, ]+) \\|").FindAllSubmatch(text, -1) {
		known[string(row[1])] = strings.Split(string(row[2]), ", ")
	}
	if len(known) == 0 {
		t.Fatal("docs/curl.md has no table of differences")
	}
	return known
}

// A curlLine is a line of lines.txt.
type curlLine struct {
	text       string
	difference string
	env        []string
	api, path  string
	args       []string
	stdin      string
}

func readCurlLines(t *testing.T) (lines []*curlLine) {
	text, err := os.ReadFile(filepath.Join("testdata", "lines.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, parseCurlLine(line))
		}
	}
	return lines
}

func parseCurlLine(text string) *curlLine {
	l := &curlLine{text: text}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		l.difference, text, _ = strings.Cut(rest, "] ")
	}
	words := shellWords(text)
	for strings.Contains(words[0], "=") {
		l.env, words = append(l.env, words[0]), words[1:]
	}
	l.api, l.path, l.args = words[0], words[1], words[2:]
	if n := len(l.args); n > 0 {
		if file, ok := strings.CutPrefix(l.args[n-1], "<"); ok {
			l.stdin, l.args = file, l.args[:n-1]
		}
	}
	return l
}

// shellWords splits a line as a shell does that knows quotes only.
func shellWords(s string) (words []string) {
	var word *strings.Builder
	var quote rune
	add := func(r rune) {
		if word == nil {
			word = &strings.Builder{}
		}
		if r != 0 {
			word.WriteRune(r)
		}
	}
	for _, r := range s {
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
			add(0)
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if word != nil {
				words = append(words, word.String())
			}
			word = nil
		default:
			add(r)
		}
	}
	if word != nil {
		words = append(words, word.String())
	}
	return words
}

// An outcome is what can be compared of a run.
type outcome struct {
	exit    int
	request []string
	stdout  string
	files   map[string]string
	stderr  string // shown, not compared
}

// run gives the line to a program, in a directory with servers of its own.
func (l *curlLine) run(t *testing.T, files map[string][]byte, program string, first ...string) outcome {
	dir := t.TempDir()
	for name, b := range files {
		if strings.Contains(l.text, name) { // files take a while to make
			arltest.Write(t, filepath.Join(dir, name), string(b))
		}
	}
	s := startCurlServers(t, dir, l.text)
	before := filesOf(t, dir)
	vars := s.variables()
	var args []string
	for _, a := range l.args {
		args = append(args, vars.Replace(a))
	}
	path := vars.Replace(l.path)
	if filepath.Base(program) == "curl" {
		args = slices.Concat(first, args, []string{s.bases[l.api] + path})
	} else {
		args = slices.Concat(first, []string{l.api, path}, args)
	}
	ctx, cancel := context.WithTimeout(t.Context(), arltest.Patience)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = dir
	home := t.TempDir()
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "ARL_CONFIG_DIR=" + s.config(t, home, l.api), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"), "GORACE=atexit_sleep_ms=0"}
	for _, e := range l.env {
		c.Env = append(c.Env, vars.Replace(e))
	}
	if l.stdin != "" {
		b, err := os.ReadFile(filepath.Join(dir, l.stdin))
		if err != nil {
			t.Fatal(err)
		}
		c.Stdin = bytes.NewReader(b)
	}
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && !failed {
		t.Fatal(err)
	}
	o := outcome{request: s.seen(), stdout: s.normal(stdout.String()), files: make(map[string]string), stderr: stderr.String()}
	if failed {
		o.exit = exit.ExitCode()
	}
	for name, text := range filesOf(t, dir) {
		if before[name] != text {
			o.files[name] = s.normal(text)
		}
	}
	return o
}

// filesOf reads a directory; a file's text begins with a mark, so that an empty one is not none.
func filesOf(t *testing.T, dir string) map[string]string {
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = "file:\n" + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (l *curlLine) compare(t *testing.T, allowed []string, want, got outcome) {
	differ := map[string]string{
		"exit":    cmp.Diff(want.exit, got.exit),
		"request": cmp.Diff(want.request, got.request),
		"stdout":  cmp.Diff(want.stdout, got.stdout),
		"files":   cmp.Diff(want.files, got.files),
	}
	for _, aspect := range slices.Sorted(maps.Keys(differ)) {
		diff := differ[aspect]
		switch listed := slices.Contains(allowed, aspect); {
		case diff != "" && !listed:
			t.Errorf("%s differs (-curl +arl):\n%s\ncurl says: %sarl says:  %s", aspect, diff, want.stderr, got.stderr)
		case diff == "" && listed:
			t.Errorf("%s is the same, but docs/curl.md lists it as different: %s", aspect, l.difference)
		}
	}
}

// readCurlFiles reads the files that lines name, and makes those of certificates.
func readCurlFiles(t *testing.T) map[string][]byte {
	cert, key := clientPEM(t, "client")
	_, other := clientPEM(t, "other")
	files := map[string][]byte{"client.pem": cert, "client.key": key, "both.pem": append(bytes.Clone(cert), key...), "other.key": other}
	dir := filepath.Join("testdata", "files")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func clientPEM(t *testing.T, name string) (cert, key []byte) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// peerOf names the client of a TLS connection, if it has shown a certificate.
func peerOf(s *tls.ConnectionState) string {
	if s == nil || len(s.PeerCertificates) == 0 {
		return ""
	}
	return fmt.Sprintf("client certificate of %s\n", s.PeerCertificates[0].Subject.CommonName)
}
