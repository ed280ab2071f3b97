package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/cmd"
	"github.com/arl-cli/arl/test/arltest"
)

// After each script everything that arl has said and written is searched for the secrets that the script used:
//
//   - each run of arl writes its stderr into a file of $ARL_TEST_HEARD, and its stdout too unless it is a
//     server's answer or results of a batch; before that its arguments and environment, in which secrets are;
//   - what arl has left below the work directory: rates, live state, history, logs, results without the answers.
//
// Not searched is what a user wants to have as it is: files of the script itself, answers (-o, -O, -D), cookie jars
// (-c), --failed-out, which repeats the input, and what the script names with [mine].

// mainHeard is cmd.Main that is heard.
func mainHeard(b cmd.Build) int {
	dir := os.Getenv("ARL_TEST_HEARD")
	if dir == "" {
		return cmd.Main(b)
	}
	f, err := os.CreateTemp(dir, "run-*")
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(f).Encode(ran{os.Args[1:], os.Environ()}); err != nil {
		panic(err)
	}
	out := io.Writer(os.Stdout)
	if !passesOn(os.Args[1:]) {
		out = io.MultiWriter(os.Stdout, f)
	}
	return cmd.MainTo(b, out, io.MultiWriter(os.Stderr, f))
}

// ran is a run of arl.
type ran struct{ Args, Env []string }

// passesOn reports whether stdout is somebody else's, or must be the pipe that it is.
func passesOn(args []string) bool {
	return isRequest(args) && !slices.Contains(args, "--dry-run") || slices.Contains(args, "batch") || slices.Contains(args, "--watch")
}

func isRequest(args []string) bool {
	for _, verb := range []string{"get", "post", "put", "patch", "delete", "head", "request"} {
		if slices.Contains(args[:min(len(args), 5)], verb) && !slices.Contains(args, "batch") {
			return true
		}
	}
	return false
}

// heard is what a script leaves to be searched.
type heard struct {
	dir     string
	own     map[string]string // files of the script, by path
	mine    []string          // patterns of more of them
	servers []*strange
	logins  []*arltest.Logins
	said    strings.Builder // of any program on stderr, and results
}

// hear makes the directory for what is said, notes which files are the script's own, and has all searched at its end.
func hear(e *testscript.Env) (*heard, error) {
	h := &heard{dir: filepath.Join(e.WorkDir, ".heard"), own: make(map[string]string)}
	e.Vars = append(e.Vars, "ARL_TEST_HEARD="+h.dir)
	err := h.files(e.WorkDir, func(path, text string) { h.own[path] = text })
	t := e.T()
	e.Defer(func() {
		if failed, ok := t.(interface{ Failed() bool }); ok && failed.Failed() {
			return
		}
		if found, err := h.search(e.WorkDir); err != nil || len(found) > 0 {
			t.Log("secrets:\n"+strings.Join(found, "\n"), err)
			t.FailNow()
		}
	})
	return h, errors.Join(err, os.MkdirAll(h.dir, 0o700), os.Chmod(h.dir, 0o1777)) //nolint:gosec // scripts run arl as other users too
}

// files tells of the regular files below a directory, but for what is said and temporary.
func (h *heard) files(dir string, tell func(path, text string)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && (path == h.dir || d.Name() == ".tmp"):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			tell(path, string(text))
		}
		return err
	})
}

// owns notes that a file is the script's own.
func (h *heard) owns(path string, text []byte) { h.own[path] = string(text) }

// hears notes what the last command said.
func (h *heard) hears(ts *testscript.TestScript) {
	h.said.WriteString(ts.ReadFile("stderr"))
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if text, ok := ofResult(line); ok {
			h.said.WriteString(text)
		}
	}
}

// mineCommand names files that are not searched, because the user asked for what is in them:
//
//	mine pattern...
func mineCommand(ts *testscript.TestScript, args []string) {
	h := stageOf(ts).heard
	for _, pattern := range args {
		h.mine = append(h.mine, ts.MkAbs(pattern))
	}
}

// search returns what there is of secrets where there must be none.
func (h *heard) search(work string) ([]string, error) {
	texts := map[string]string{"stderr": h.said.String()}
	secrets, mine, err := h.runs(texts)
	if err != nil {
		return nil, err
	}
	for _, text := range h.own {
		secrets = append(secrets, secretsWritten(text)...)
	}
	for _, s := range h.servers {
		secrets = append(secrets, s.secrets()...)
	}
	for _, l := range h.logins {
		secrets = append(secrets, l.Secrets()...)
	}
	err = h.files(work, func(path, text string) {
		if own, ok := h.own[path]; ok && own == text || h.isMine(path, mine) {
			return
		}
		texts[path] = path + "\n" + written(text)
	})
	for _, text := range texts {
		secrets = append(secrets, sandboxToken.FindAllString(text, -1)...)
	}
	return leaks(texts, secrets), err
}

// sandboxToken is what `arl sandbox --oauth` and `--login` give out.
var sandboxToken = regexp.MustCompile(`sandbox_(?:[a-z]+_)?[A-Z2-7]{26}`)

func (h *heard) isMine(path string, names []string) bool {
	for _, pattern := range h.mine {
		if ok, _ := filepath.Match(pattern, path); ok || strings.HasPrefix(path, pattern+string(filepath.Separator)) {
			return true
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return filepath.IsAbs(name) && path == name || strings.HasSuffix(path, string(filepath.Separator)+filepath.Clean(name))
	})
}

// runs adds what each run said to texts, and returns the secrets that they were given and the files that were asked
// for.
func (h *heard) runs(texts map[string]string) (secrets, mine []string, err error) {
	logs, err := filepath.Glob(filepath.Join(h.dir, "run-*"))
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, nil, err
		}
		first, rest, _ := strings.Cut(string(text), "\n")
		var r ran
		if err := json.Unmarshal([]byte(first), &r); err != nil {
			continue // it was killed before it began
		}
		texts[fmt.Sprintf("what %q said (%s)", r.Args, filepath.Base(log))] = rest
		secrets = append(secrets, r.secrets()...)
		mine = append(mine, r.asked()...)
	}
	return secrets, mine, err
}

// asked are the files that a run was asked to write what it is given into.
func (r ran) asked() (files []string) {
	flags := []string{"-c", "--cookie-jar", "--failed-out", "-D", "--dump-header"}
	if isRequest(r.Args) {
		flags = append(flags, "-o", "--output")
	}
	for _, flag := range flags {
		files = append(files, r.values(flag)...)
	}
	for _, v := range r.Env {
		if file, ok := strings.CutPrefix(v, "TEST_KEYRING="); ok && file != "" {
			files = append(files, file)
		}
	}
	return files
}

// values returns what a flag was given, each time.
func (r ran) values(flag string) (out []string) {
	for i, arg := range r.Args {
		value, found := strings.CutPrefix(arg, flag)
		switch {
		case !found:
		case value == "" && i+1 < len(r.Args):
			out = append(out, r.Args[i+1])
		case len(flag) == 2:
			out = append(out, value)
		case strings.HasPrefix(value, "="):
			out = append(out, value[1:])
		}
	}
	return out
}

// secrets are those in the arguments and the environment of a run, and in the files that they name.
func (r ran) secrets() (out []string) {
	for _, flag := range []string{"-u", "--user", "--oauth-client", "--auth", "-E", "--cert"} {
		for _, value := range r.values(flag) {
			out = append(out, afterColon(value)...)
		}
	}
	for _, flag := range []string{"--oauth2-bearer", "--pass"} {
		out = append(out, r.values(flag)...)
	}
	for _, flag := range []string{"-H", "--header", "-x", "--proxy", "--store"} {
		for _, value := range r.values(flag) {
			out = append(out, secretsWritten(value)...)
		}
	}
	for _, value := range append(r.values("-b"), r.values("--cookie")...) {
		out = append(out, cookieValues(value)...)
	}
	for _, v := range r.Env {
		out = append(out, secretsInVariable(v)...)
	}
	return out
}

var secretName = regexp.MustCompile(`(?i)TOKEN|SECRET|CRED|PASS|BASIC|HOOK|_KEY$|API_KEY`)

func secretsInVariable(v string) []string {
	name, value, _ := strings.Cut(v, "=")
	value = strings.TrimSpace(value)
	switch {
	case name == "TEST_KEYRING":
		return keptIn(value)
	case name == "NETRC":
		text, _ := os.ReadFile(value)
		return secretsWritten(string(text))
	case !secretName.MatchString(name):
		return secretsWritten(value)
	case strings.Contains(value, ":"):
		return append(afterColon(value), value)
	}
	return []string{value}
}

// keptIn are the secrets of a keyring.
func keptIn(file string) (out []string) {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		_, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(append(out, value), afterColon(value)...)
	}
	return out
}

// afterColon is the password of user:password.
func afterColon(value string) []string {
	if _, password, ok := strings.Cut(value, ":"); ok {
		return []string{password}
	}
	return nil
}

func cookieValues(line string) (out []string) {
	for pair := range strings.SplitSeq(line, ";") {
		if _, value, ok := strings.Cut(pair, "="); ok {
			out = append(out, strings.TrimSpace(value))
		}
	}
	return out
}

// secretsWritten finds secrets where they stand in files that people write: URLs, headers, netrc, curl's
// configuration.
func secretsWritten(text string) (out []string) {
	for _, re := range formsWritten() {
		for _, match := range re.FindAllStringSubmatch(text, -1) {
			out = append(out, match[1])
			if plain, err := url.PathUnescape(match[1]); err == nil && plain != match[1] {
				out = append(out, plain)
			}
		}
	}
	return out
}

func formsWritten() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`://[^/@\s:]*:([^/@\s]+)@`),
		regexp.MustCompile(`(?i)"?authorization"?: *"?(?:bearer |basic |token )? *([^"'\s]+)`),
		regexp.MustCompile(`(?i)"?x-(?:api-key|auth-token|secret)"?: *"?([^"'\s]+)`),
		regexp.MustCompile(`(?m)^(?:machine|default)\b.*\bpassword\s+(\S+)`),
		regexp.MustCompile(`(?m)^-?-?(?:user|u|proxy-user|oauth2-bearer|pass)\b[ =:]+"?(?:[^":\s]*:)?([^":\s]+)`),
	}
}

// written is what arl wrote of a file: where its lines are results of a batch, all but the answers.
func written(text string) string {
	if !strings.Contains(text, `"request_sha256"`) {
		return text
	}
	var b strings.Builder
	in := bufio.NewReader(strings.NewReader(text))
	for {
		line, err := in.ReadString('\n')
		if own, ok := ofResult(line); ok {
			line = own
		}
		b.WriteString(line)
		if err != nil {
			return b.String()
		}
	}
}

// ofResult is a result of a batch without the answer; false if the line is none.
func ofResult(line string) (string, bool) {
	if !strings.Contains(line, `"request_sha256"`) {
		return "", false
	}
	var result map[string]json.RawMessage
	if json.Unmarshal([]byte(line), &result) != nil || result["request_sha256"] == nil {
		return "", false
	}
	for _, answer := range []string{"json", "body", "body_base64", "headers"} {
		delete(result, answer)
	}
	var b strings.Builder
	for name, value := range result { // as they are: no encoder between
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}
	return b.String(), true
}

// secrets are what requests came with.
func (s *strange) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.seen {
		for _, name := range []string{"Authorization", "Proxy-Authorization", "X-Api-Key"} {
			for _, value := range r.Headers[name] {
				_, token, _ := strings.Cut(value, " ")
				out = append(out, value, token)
			}
		}
		if user, password, ok := (&http.Request{Header: r.Headers}).BasicAuth(); ok {
			out = append(out, user+":"+password, password)
		}
		out = append(out, cookieValues(strings.Join(r.Headers["Cookie"], ";"))...)
	}
	return out
}

func TestHeardFinds(t *testing.T) {
	t.Parallel()
	const secret = "pl4nted/s3cret"
	for name, plant := range map[string]struct{ run, said, file, text string }{
		"stderr":       {run: `{"Args":["get","s","/x"],"Env":["TOKEN=pl4nted/s3cret"]}`, said: "arl: GET /x?key=pl4nted%2Fs3cret"},
		"flag":         {run: `{"Args":["get","s","/x","-u","me:pl4nted/s3cret"]}`, said: "Basic bWU6cGw0bnRlZC9zM2NyZXQ="},
		"live state":   {run: `{"Args":["get","s","/x","--oauth2-bearer=pl4nted/s3cret"]}`, file: "home/.local/state/x", text: "\x00pl4nted/s3cret"},
		"rates":        {run: `{"Args":["get"],"Env":["ARL_STORE=redis://:pl4nted%2Fs3cret@h"]}`, file: "rates.yaml", text: "store: pl4nted/s3cret"},
		"result":       {run: `{"Args":["batch","s","-H","X-Api-Key: pl4nted/s3cret"]}`, file: "out", text: `{"request_sha256":"x","path":"/pl4nted/s3cret"}`},
		"batch -o":     {run: `{"Args":["batch","s","-o","out","-H","X-Api-Key: pl4nted/s3cret"]}`, file: "out", text: "pl4nted/s3cret"},
		"name of file": {run: `{"Args":["get"],"Env":["MY_API_KEY=p:pl4nted-s3cret"]}`, file: "pl4nted-s3cret", text: ""},
		"token":        {run: `{"Args":["get"]}`, said: "sandbox_ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		"login":        {run: `{"Args":["get"]}`, said: "sandbox_refresh_ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	} {
		if found := searchPlanted(t, plant.run, plant.said, plant.file, plant.text); len(found) == 0 {
			t.Errorf("%s: nothing found", name)
		}
	}
	for name, plant := range map[string]struct{ run, said, file, text string }{
		"nothing": {run: `{"Args":["get","s","/x"],"Env":["TOKEN=pl4nted/s3cret"]}`, said: "arl: GET /x?key=[redacted]"},
		"answer":  {run: `{"Args":["get","s","-o","out","--oauth2-bearer","pl4nted/s3cret"]}`, file: "out", text: secret},
		"body":    {run: `{"Args":["batch","-H","X-Api-Key: pl4nted/s3cret"]}`, file: "out", text: `{"request_sha256":"x","body":"pl4nted/s3cret"}`},
		"jar":     {run: `{"Args":["get","-b","a=pl4nted/s3cret","-c","jar"]}`, file: "jar", text: secret},
	} {
		if found := searchPlanted(t, plant.run, plant.said, plant.file, plant.text); len(found) > 0 {
			t.Errorf("%s: found %q", name, found)
		}
	}
}

// searchPlanted searches a work directory in which one run of arl has said and written something.
func searchPlanted(t *testing.T, run, said, file, text string) []string {
	work := t.TempDir()
	h := &heard{dir: filepath.Join(work, ".heard")}
	for path, text := range map[string]string{filepath.Join(h.dir, "run-1"): run + "\n" + said, filepath.Join(work, file): text} {
		if path == work {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	found, err := h.search(work)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
