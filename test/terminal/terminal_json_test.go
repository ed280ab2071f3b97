//go:build linux

package terminal_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A terminal gets JSON indented and painted, with nothing in it that steers it; texts as they come,
// and nothing binary. Errors go elsewhere.
func TestAnswersOnATerminal(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, body, _ := strings.Cut(r.URL.Query().Get("is"), ",")
		w.Header().Set("Content-Type", kind)
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "{nul}", "\x00"))
	}))
	t.Cleanup(server.Close)
	const painted = "\x1b[1m{\x1b[m\n  \x1b[1;34m\"a\"\x1b[m\x1b[1m:\x1b[m 1.0\n\x1b[1m}\x1b[m\n"
	for _, test := range []struct {
		path, is, environment, want, says string
		flags                             []string
	}{
		{is: `application/json,{"a":1.0}`, want: painted},
		{is: `application/problem+json; charset=utf-8,{"a":1.0}`, want: painted},
		{path: "/gone", is: `application/json,{"a":1.0}`, want: painted, says: "HTTP 404", flags: []string{"--jq", ".a"}},
		{is: `application/json,{"a":1.0}`, want: "{\n  \"a\": 1.0\n}\n", environment: "NO_COLOR=1"},
		{is: `application/json,{"a":1.0}`, want: "{\n  \"a\": 1.0\n}\n", flags: []string{"--color", "never"}},
		{is: `application/json,{"a":1.0}`, want: "{\n  \"a\": 1.0\n}\n", environment: "TERM=dumb"},
		{is: `application/json,{"a":1.0}`, want: `{"a":1.0}`, flags: []string{"-o", "-"}},
		{is: "application/json,\"\u009b2J\"", want: "\"\\u009b2J\"\n", environment: "NO_COLOR=1"},
		{is: `application/json,{"a":`, want: `{"a":`},
		{is: "application/x-ndjson,1\n2", want: "1\n2\n"},
		{is: "text/plain,{ }\x1b[1m", want: "{ }\x1b[1m"},
		{is: "image/png,PNG{nul}", says: "arl: GET http://127.0.0.1:PORT/x: the response is binary and could garble the terminal\nhint: save it with -o FILE"},
		{is: "image/png,PNG{nul}", want: "PNG\x00", flags: []string{"-o", "-"}},
		{is: `text/plain,{"a":{"b":"x\u001b[2J\ty"}}`, want: "x\\x1b[2J\ty\n", flags: []string{"--jq", ".a.b"}},
		{is: `text/plain,{"a":{"b":[]}}`, want: "{\n  \"b\": []\n}\n", environment: "NO_COLOR=1", flags: []string{"--jq", ".a"}},
	} {
		t.Run(test.is+test.environment+strings.Join(test.flags, " "), func(t *testing.T) {
			t.Parallel()
			got, said := answerOnTerminal(t, server.URL, test.path, test.is, test.environment, test.flags)
			if got != test.want || !strings.Contains(said, test.says) || test.says == "" && said != "" {
				t.Errorf("the terminal got %q, want %q; stderr %q, want %q", got, test.want, said, test.says)
			}
		})
	}
}

// answerOnTerminal runs arl get with a terminal as standard output.
func answerOnTerminal(t *testing.T, address, path, is, environment string, flags []string) (got, said string) {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(config, []byte("apis:\n  s: {base_url: "+address+", initial_rate: 1000}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	arl, err := exec.LookPath("arl")
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		path = "/x"
	}
	ours, theirs := openTerminal(t, 80)
	args := append([]string{"get", "s", path, "-G", "--data-urlencode", "is=" + is, "--config", config}, flags...)
	c := exec.CommandContext(t.Context(), arl, args...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "NO_COLOR=", "TERM=xterm", environment)
	var stderr bytes.Buffer
	c.Stdout, c.Stderr = theirs, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, _ = io.Copy(&out, ours) // ends with EIO when the other end is closed
	_ = c.Wait()               // its code is other tests' business
	said = strings.ReplaceAll(stderr.String(), address, "http://127.0.0.1:PORT")
	said = strings.ReplaceAll(said, "?is=image%2Fpng%2CPNG%7Bnul%7D", "")
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), said
}
