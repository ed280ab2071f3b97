package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/arltest"
	"github.com/arl-cli/arl/test/redistest"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite what scripts compare with")
	arltest.Main(m, mainHeard)
}

// TestScript runs testdata/script: the specification, against the real program. Beside testscript's
// own commands the scripts have those of [commands].
func TestScript(t *testing.T) {
	t.Parallel()
	// Shortly before go test gives up (-timeout), so that a script which hangs still says what it did.
	deadline, bounded := t.Deadline()
	if bounded {
		deadline = deadline.Add(-20 * time.Second)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setUp,
		Cmds:                commands(),
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            deadline,
		UpdateScripts:       flag.Lookup("update").Value.String() == "true",
	})
}

// setUp gives every script a home of its own. $CONF is the directory of config.yaml and rates.yaml,
// $STATE that above the live state.
func setUp(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	config, state := filepath.Join(home, ".config"), filepath.Join(home, ".local", "state")
	e.Vars = append(e.Vars,
		"HOME="+home, "USERPROFILE="+home, "AppData="+config, "LocalAppData="+state,
		"CONF="+filepath.Join(config, "arl"), "STATE="+filepath.Join(state, "arl"),
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"), // or every command takes a second more under -race
	)
	heard, err := hear(e)
	if err != nil {
		return err
	}
	e.Values[stageKey{}] = &stage{jobs: make(map[string]*job), redis: make(map[string]*redistest.Server), heard: heard}
	return os.MkdirAll(filepath.Join(config, "arl"), 0o700)
}

func condition(name string) (bool, error) {
	switch name {
	case "nohup":
		return signal.Ignored(syscall.SIGHUP), nil // these tests are run by it, and so is all that they start
	case "root":
		return os.Geteuid() == 0, nil
	case "measured":
		return arltest.Measured(), nil
	case "redis":
		return hasRedis()
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// stage is what goes on around one script.
type stage struct {
	jobs  map[string]*job
	redis map[string]*redistest.Server
	said  strings.Builder // all that exitcode and finish saw on stdout and stderr
	heard *heard
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

type command = func(ts *testscript.TestScript, neg bool, args []string)

func commands() map[string]command {
	return map[string]command{
		"exitcode": positive(2, exitCode),
		"profile":  positive(2, addProfile),
		"sandbox":  positive(1, startSandbox),
		"proxy":    positive(2, startProxy),
		"port":     positive(1, freePort),
		"serve":    positive(1, startServer),
		"http2":    positive(2, startHTTP2),
		"start":    positive(2, startJob),
		"signal":   positive(2, signalJob),
		"until":    positive(2, untilSaid),
		"idle":     positive(1, awaitIdle),
		"finish":   positive(2, finishJob),
		"get":      positive(1, get),
		"await":    positive(3, await),
		"json":     positive(3, checkJSON),
		"lines":    positive(3, countLines),
		"written":  positive(3, awaitLines),
		"secret":   positive(1, checkSecret),
		"repeat":   positive(3, repeat),
		"expand":   positive(1, expandFiles),
		"fill":     positive(3, fill),
		"mode":     positive(2, checkMode),
		"private":  positive(1, checkPrivate),
		"memory":   positive(3, checkMemory),
		"glob":     positive(2, glob),
		"decide":   positive(2, decideLogin),
		"logins":   positive(1, startLogins),
		"revoke":   positive(1, revokeLogins),
		"paste":    positive(2, pasteURL),
		"redis":    positive(2, redisServer),
		"mine":     positive(1, mineCommand),
	}
}

// positive makes a command that takes no "!" and at least n arguments.
func positive(n int, run func(ts *testscript.TestScript, args []string)) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("! is not for this command")
		}
		if len(args) < n {
			ts.Fatalf("want at least %d arguments", n)
		}
		h := stageOf(ts).heard
		h.hears(ts)
		run(ts, args)
		h.hears(ts)
	}
}

// exitCode runs a program that must end with exactly this code:
//
//	exitcode N program [arg...]
func exitCode(ts *testscript.TestScript, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	stageOf(ts).said.WriteString(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	wantCode(ts, args[0], err)
}

func wantCode(ts *testscript.TestScript, want string, err error) {
	got := 0
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed:
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s (%v)", got, want, err)
	}
}

// addProfile appends a profile to config.yaml that learns fast:
//
//	profile name base_url ['key: value'...]
func addProfile(ts *testscript.TestScript, args []string) {
	path := filepath.Join(ts.Getenv("CONF"), "config.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("apis:\n"), nil
	}
	ts.Check(err)
	out := bytes.NewBuffer(text)
	fmt.Fprintf(out, "  %s:\n    base_url: %s\n", args[0], args[1])
	values := strings.Join(args[2:], "\n")
	for _, line := range []string{"initial_rate: 1000", "burst: 100"} {
		if name, _, _ := strings.Cut(line, ":"); !strings.Contains(values, name+":") {
			fmt.Fprintf(out, "    %s\n", line)
		}
	}
	for _, line := range args[2:] {
		fmt.Fprintf(out, "    %s\n", line)
	}
	ts.Check(os.WriteFile(path, out.Bytes(), 0o600))
	stageOf(ts).heard.owns(path, out.Bytes())
}

// startSandbox runs `arl sandbox` on a free port until the script ends, and puts its URL into a
// variable:
//
//	sandbox VAR [flag...]
func startSandbox(ts *testscript.TestScript, args []string) {
	startListener(ts, args[0], append([]string{"sandbox"}, args[1:]...))
}

// startProxy runs `arl proxy` on a free port until the script ends, and puts its URL into a variable:
//
//	proxy VAR api [flag...]
func startProxy(ts *testscript.TestScript, args []string) {
	startListener(ts, args[0], append([]string{"proxy"}, args[1:]...))
}

// freePort puts a port that nobody listens on into a variable:
//
//	port VAR
func freePort(ts *testscript.TestScript, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(ln.Close())
	_, port, err := net.SplitHostPort(ln.Addr().String())
	ts.Check(err)
	ts.Setenv(args[0], port)
}

func startListener(ts *testscript.TestScript, name string, args []string) {
	c := program(ts, "arl", append(args, "--listen", "127.0.0.1:0")...)
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	ts.Defer(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	line := make([]byte, 100)
	n, err := out.Read(line)
	ts.Check(err)
	setURL(ts, name, strings.TrimSpace(string(line[:n])))
}

// setURL puts a server's URL into a variable, and its port into NAME_PORT.
func setURL(ts *testscript.TestScript, name, address string) {
	ts.Setenv(name, address)
	ts.Setenv(name+"_PORT", address[strings.LastIndex(address, ":")+1:])
}

// program is a child process with the script's directory and environment.
func program(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	path, err := exec.LookPath(name) // TestMain has put arl into PATH
	ts.Check(err)
	c := exec.Command(path, args...)
	c.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"PATH", "HOME", "USERPROFILE", "AppData", "LocalAppData", "TMPDIR", "TMP", "SYSTEMROOT", "GOCOVERDIR",
		"GORACE", "BROWSER", "ARL_LOGIN_KEY", "TOKEN", "TEST_KEYRING", "ID", "SECRET", "ARL_CONFIG_DIR", "ARL_RUNTIME_DIR", "ARL_STORE", "ARL_STORE_PASSWORD", "NO_COLOR", "ARL_TEST_HEARD",
	} {
		if value := ts.Getenv(name); value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	return c
}

// A job is a program in the background.
type job struct {
	cmd      *exec.Cmd
	out, err arltest.Transcript
	in       io.WriteCloser // of "<pipe"
}

// startJob runs a program in the background; an argument "<file" is its standard input, and "<pipe" one that stays open:
//
//	start name program [arg...] [<file|<pipe]
func startJob(ts *testscript.TestScript, args []string) {
	name, args := args[0], args[1:]
	j := &job{}
	var in io.Reader
	switch file, ok := strings.CutPrefix(args[len(args)-1], "<"); {
	case ok && file == "pipe":
		read, write, err := os.Pipe()
		ts.Check(err)
		in, j.in, args = read, write, args[:len(args)-1]
		ts.Defer(func() { read.Close(); write.Close() })
	case ok:
		in = strings.NewReader(ts.ReadFile(file))
		args = args[:len(args)-1]
	}
	j.cmd = program(ts, args[0], args[1:]...)
	j.cmd.Stdin, j.cmd.Stdout, j.cmd.Stderr = in, &j.out, &j.err
	ts.Check(j.cmd.Start())
	ts.Defer(func() {
		_ = j.cmd.Process.Kill()
		_ = j.cmd.Wait()
	})
	stageOf(ts).jobs[name] = j
}

// signalJob sends a signal to a job:
//
//	signal name INT|KILL|TERM
func signalJob(ts *testscript.TestScript, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "KILL": os.Kill, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	ts.Check(stageOf(ts).jobs[args[0]].cmd.Process.Signal(signals[args[1]]))
}

// untilSaid waits until a job has said something on stdout or stderr:
//
//	until name regexp
func untilSaid(ts *testscript.TestScript, args []string) {
	j := stageOf(ts).jobs[args[0]]
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(arltest.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if re.MatchString(j.out.String()) || re.MatchString(j.err.String()) {
			return
		}
	}
	ts.Fatalf("%s says only:\n%s%s", args[0], j.out.String(), j.err.String())
}

// finishJob waits for a job, which must end with exactly this code (-1: by a signal). Its output is
// that of the command.
//
//	finish name N
func finishJob(ts *testscript.TestScript, args []string) {
	s := stageOf(ts)
	j := s.jobs[args[0]]
	slow := time.AfterFunc(arltest.Patience, func() { _ = j.cmd.Process.Kill() })
	err := j.cmd.Wait()
	slow.Stop()
	fmt.Fprint(ts.Stdout(), j.out.String())
	fmt.Fprint(ts.Stderr(), j.err.String())
	s.said.WriteString(j.out.String() + j.err.String())
	wantCode(ts, args[1], err)
}

// get fetches a URL without arl:
//
//	get url
func get(ts *testscript.TestScript, args []string) {
	body, err := arltest.Fetch(args[0])
	ts.Check(err)
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
}

// await fetches a URL until its JSON is as it should be, see [checkJSON]:
//
//	await url path op [value]
func await(ts *testscript.TestScript, args []string) {
	var last error
	for end := time.Now().Add(arltest.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		body, err := arltest.Fetch(args[0])
		if err == nil {
			err = holds(body, args[1:])
		}
		if err == nil {
			return
		}
		last = err
	}
	ts.Fatalf("%s: %v", args[0], last)
}

// checkJSON looks at a value of a JSON file, or of one line of it:
//
//	json file[:line] path ==|!=|<|<=|>|>=|len|~ value
//	json file[:line] path there|gone
//
// A path is .a.b[0]; "." is the whole. Strings are compared without their quotes, everything else as
// it is written. ~ is a regular expression.
func checkJSON(ts *testscript.TestScript, args []string) {
	name, line, ok := strings.Cut(args[0], ":")
	text := ts.ReadFile(name)
	if ok {
		n, err := strconv.Atoi(line)
		ts.Check(err)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if n > len(lines) {
			ts.Fatalf("%s has %d lines", name, len(lines))
		}
		text = lines[n-1]
	}
	if err := holds([]byte(text), args[1:]); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
}

func holds(text []byte, args []string) error {
	args = append(args, "")
	path, op, want := args[0], args[1], args[2]
	value, there, err := valueAt(text, path)
	if err != nil {
		return err
	}
	switch op {
	case "gone", "there":
		if there != (op == "there") {
			return fmt.Errorf("%s is %s, want it %s", path, value, op)
		}
		return nil
	}
	if !there {
		return fmt.Errorf("%s is not there in %s", path, text)
	}
	ok, err := compare(value, op, want)
	if err == nil && !ok {
		err = fmt.Errorf("%s is %s, want %s %s", path, value, op, want)
	}
	return err
}

func valueAt(text []byte, path string) (value json.RawMessage, there bool, err error) {
	value = bytes.TrimSpace(text)
	if !json.Valid(value) {
		return nil, false, fmt.Errorf("not JSON: %.200s", text)
	}
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next, err := inside(value, step)
		if err != nil || next == nil {
			return nil, false, err
		}
		value = next
	}
	return value, true, nil
}

func inside(value json.RawMessage, step string) (json.RawMessage, error) {
	if value[0] == '[' {
		var list []json.RawMessage
		i, err := strconv.Atoi(step)
		if err := cmp.Or(err, json.Unmarshal(value, &list)); err != nil || i >= len(list) {
			return nil, err
		}
		return list[i], nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(value, &object); err != nil {
		return nil, err
	}
	return object[step], nil
}

func compare(value json.RawMessage, op, want string) (bool, error) {
	got := string(value)
	var text string
	if json.Unmarshal(value, &text) == nil {
		got = text
	}
	switch op {
	case "==":
		return got == want, nil
	case "!=":
		return got != want, nil
	case "~":
		return regexp.MatchString(want, got)
	case "len":
		n, err := length(value)
		return strconv.Itoa(n) == want, err
	}
	return compareNumbers(got, op, want)
}

func length(value json.RawMessage) (int, error) {
	if value[0] == '[' {
		var list []json.RawMessage
		err := json.Unmarshal(value, &list)
		return len(list), err
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal(value, &object)
	return len(object), err
}

func compareNumbers(got, op, want string) (bool, error) {
	a, err := strconv.ParseFloat(got, 64)
	if err != nil {
		return false, err
	}
	b, err := strconv.ParseFloat(want, 64)
	if err != nil {
		return false, err
	}
	switch op {
	case "<":
		return a < b, nil
	case "<=":
		return a <= b, nil
	case ">":
		return a > b, nil
	case ">=":
		return a >= b, nil
	}
	return false, fmt.Errorf("unknown operator %q", op)
}

// countLines counts the lines of a file, or those that match:
//
//	lines file ==|<|<=|>|>= n [regexp]
func countLines(ts *testscript.TestScript, args []string) {
	ts.Check(hasLines(ts.ReadFile(args[0]), args))
}

// awaitLines waits until a file that is being written has so many lines, see [countLines]:
//
//	written file ==|<|<=|>|>= n [regexp]
func awaitLines(ts *testscript.TestScript, args []string) {
	var last error
	for end := time.Now().Add(arltest.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			err = hasLines(string(text), args)
		}
		if err == nil {
			return
		}
		last = err
	}
	ts.Check(last)
}

func hasLines(text string, args []string) error {
	pattern := ""
	if len(args) > 3 {
		pattern = args[3]
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(text) {
		if re.MatchString(strings.TrimRight(line, "\r\n")) {
			n++
		}
	}
	if ok, err := compare(json.RawMessage(strconv.Itoa(n)), args[1], args[2]); err != nil || !ok {
		return fmt.Errorf("%s has %d such lines, want %s %s (%w)", args[0], n, args[1], args[2], err)
	}
	return nil
}

// checkSecret looks for a secret, also encoded, in all that exitcode and finish saw and in every file
// of the home and the directories named; it must not be there:
//
//	secret value [directory...]
func checkSecret(ts *testscript.TestScript, args []string) {
	said := stageOf(ts).said.String()
	if said == "" {
		ts.Fatalf("nothing was said yet: use exitcode")
	}
	files := map[string]string{"the output": said}
	for _, dir := range append(args[1:], ts.Getenv("HOME")) {
		ts.Check(stageOf(ts).heard.files(ts.MkAbs(dir), func(path, text string) { files[path] = path + "\n" + text }))
	}
	inJSON, err := json.Marshal(args[0])
	ts.Check(err)
	within := base64.StdEncoding.EncodeToString([]byte("me" + args[0]))
	for _, form := range []string{
		args[0], strings.Trim(string(inJSON), `"`), within[3 : len(within)-4], url.QueryEscape(args[0]), url.PathEscape(args[0]), strconv.Quote(args[0]),
		base64.StdEncoding.EncodeToString([]byte(args[0])), base64.RawURLEncoding.EncodeToString([]byte(args[0])),
	} {
		for _, where := range slices.Sorted(maps.Keys(files)) {
			if strings.Contains(files[where], form) {
				ts.Fatalf("%q is in %s", form, where)
			}
		}
	}
}

// repeat writes n lines into a file; {} in the text is the line's number:
//
//	repeat n text file
func repeat(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(args[1], "{}", strconv.Itoa(i+1)) + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(b.String()), 0o600))
	stageOf(ts).heard.owns(ts.MkAbs(args[2]), []byte(b.String()))
}

// fill writes a file with variables of the environment, or as a quoted Go string:
//
//	fill env source file
//	fill go 'text\n' file
func fill(ts *testscript.TestScript, args []string) {
	var text string
	switch args[0] {
	case "env":
		text = os.Expand(ts.ReadFile(args[1]), ts.Getenv)
	case "go":
		var err error
		text, err = strconv.Unquote(`"` + args[1] + `"`)
		ts.Check(err)
	default:
		ts.Fatalf("fill %s?", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
	stageOf(ts).heard.owns(ts.MkAbs(args[2]), []byte(text))
}

// checkMode looks at the permissions of files:
//
//	mode 0600 file...
func checkMode(ts *testscript.TestScript, args []string) {
	if runtime.GOOS == "windows" {
		return
	}
	for _, file := range args[1:] {
		fi, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", fi.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", file, got, args[0])
		}
	}
}

// checkPrivate looks for files and directories that others than their owner may use; there must be none,
// and at least one file:
//
//	private directory...
func checkPrivate(ts *testscript.TestScript, args []string) {
	files := 0
	for _, dir := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Type().IsRegular() {
				files++
			}
			fi, err := d.Info()
			if err == nil && fi.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
				err = fmt.Errorf("%s has mode %v", path, fi.Mode())
			}
			return err
		}))
	}
	if files == 0 {
		ts.Fatalf("no files")
	}
}

// checkMemory looks at how much memory a running job has taken at most, on Linux only:
//
//	memory job < MB
func checkMemory(ts *testscript.TestScript, args []string) {
	if runtime.GOOS != "linux" {
		return
	}
	// Not rusage: its maximum is never below what this process had when it forked.
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", stageOf(ts).jobs[args[0]].cmd.Process.Pid))
	ts.Check(err)
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		ts.Fatalf("%s has ended", args[0])
	}
	if ok, err := compareNumbers(string(found[1]), args[1], args[2]+"000"); err != nil || !ok {
		ts.Fatalf("%s took %s kB, want %s %s MB (%v)", args[0], found[1], args[1], args[2], err)
	}
}

// glob counts files and lists them on stdout:
//
//	glob n pattern
func glob(ts *testscript.TestScript, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), strings.Join(found, "\n"))
	if strconv.Itoa(len(found)) != args[0] {
		ts.Fatalf("%d files, want %s", len(found), args[0])
	}
}

// startServer serves a [strange] on loopback until the script ends, and puts its URL into a variable,
// its host and port into VAR_HOST. With tls its certificate is in VAR.pem.
//
//	serve VAR [tls]
func startServer(ts *testscript.TestScript, args []string) {
	handler := &strange{}
	server := httptest.NewUnstartedServer(handler)
	h := stageOf(ts).heard
	h.servers = append(h.servers, handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if len(args) > 1 && args[1] == "tls" {
		server.StartTLS()
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), cert, 0o600))
	} else {
		server.Start()
	}
	ts.Defer(func() {
		server.CloseClientConnections()
		server.Close()
	})
	setURL(ts, args[0], server.URL)
	ts.Setenv(args[0]+"_HOST", server.Listener.Addr().String())
}

// strange is a server that does what no good server does, and tells what it was asked:
//
//	/hang           no answer
//	/close          the connection closes instead
//	/garbage        an answer that is none
//	/cut            an answer that breaks off
//	/stall          the same, but the connection stays
//	/head/{n}       n MB of headers
//	/big/{n}        n MB; with ?wait the answer does not end
//	/raw?text=T     T as it is
//	/answer?status=S&body=B&header=N:+V  that answer
//	/tagged/...     see tagged
//	CONNECT         407
//	/...            200 {"ok":true}
//
// With times=T only the first T times to one path and query; after that 200 {"ok":true}.
//
// Not counted: /-/seen is {"count", "waiting", "requests": [{"method", "uri", "headers", "body"}]}.
type strange struct {
	tagged

	mu      sync.Mutex
	seen    []seen
	waiting int            // large answers that are all sent and do not end
	times   map[string]int // per request, how often it was asked
}

type seen struct {
	Method  string      `json:"method"`
	URI     string      `json:"uri"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body"`
}

// ServeHTTP implements http.Handler.
func (s *strange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/-/seen" {
		s.tell(w)
		return
	}
	again := s.note(r)
	name, value, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if times, err := strconv.Atoi(r.URL.Query().Get("times")); err == nil && again >= times {
		name = "ok"
	}
	if r.Method == http.MethodConnect {
		name = "tunnel"
	}
	switch name {
	case "tunnel":
		w.Header().Set("Proxy-Authenticate", "Basic realm=x")
		w.WriteHeader(http.StatusProxyAuthRequired)
	case "hang":
		<-r.Context().Done()
	case "close":
		arltest.TakeOver(w, "")
	case "garbage":
		arltest.TakeOver(w, "SSH-2.0-OpenSSH_9.9\r\n\r\n")
	case "cut":
		arltest.TakeOver(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhello")
	case "stall":
		stall(w, r)
	case "head":
		headers(w, value)
	case "raw":
		arltest.TakeOver(w, r.URL.Query().Get("text"))
	case "big":
		megabytes(w, value)
		if r.URL.RawQuery == "wait" {
			s.mu.Lock()
			s.waiting++
			s.mu.Unlock()
			<-r.Context().Done()
		}
	case "answer":
		arltest.Respond(w, r.URL.Query())
	case "tagged":
		s.serve(w, r)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"ok":true}`)
	}
}

func (s *strange) tell(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.seen[max(0, len(s.seen)-20):]
	_ = json.NewEncoder(w).Encode(map[string]any{"count": len(s.seen), "waiting": s.waiting, "requests": requests})
}

// note writes a request down and returns how often it was asked before.
func (s *strange) note(r *http.Request) (again int) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the client goes away
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	if r.TransferEncoding != nil {
		header["Transfer-Encoding"] = r.TransferEncoding
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, seen{r.Method, r.RequestURI, header, string(body)})
	if s.times == nil {
		s.times = make(map[string]int)
	}
	s.times[r.RequestURI]++
	return s.times[r.RequestURI] - 1
}

// stall begins an answer and does not end it.
func stall(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, "hello")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func headers(w http.ResponseWriter, megabytes string) {
	n, _ := strconv.Atoi(megabytes)
	arltest.TakeOver(w, "HTTP/1.1 200 OK\r\nX-Long: "+strings.Repeat("x", n<<20)+"\r\nContent-Length: 0\r\n\r\n")
}

func megabytes(w http.ResponseWriter, count string) {
	n, _ := strconv.Atoi(count)
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for range n {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}
