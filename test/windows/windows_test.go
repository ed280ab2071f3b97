//go:build linux

package windows_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// TestWindows runs the program as it is for Windows: not all that it can do, but what differs there. Files cannot be
// replaced or removed while somebody has them open, locks keep others from reading, paths and devices have other names,
// processes end otherwise.
func TestWindows(t *testing.T) {
	t.Parallel()
	switch {
	case testing.Short():
		t.Skip("takes half a minute")
	case arltest.Raced:
		t.Skip("the program for Windows is built without the race detector")
	}
	l := newWindowsLab(t)
	for _, test := range []struct {
		name string
		run  func(*windowsLab, *testing.T)
	}{
		{"commands", (*windowsLab).commands},
		{"names", (*windowsLab).names},
		{"devices", (*windowsLab).devices},
		{"lines", (*windowsLab).lines},
		{"resume", (*windowsLab).resume},
		{"locked", (*windowsLab).locked},
		{"budget", (*windowsLab).budget},
		{"rates", (*windowsLab).rates},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(l, t) })
	}
}

// commands are those that look at the machine.
func (l *windowsLab) commands(t *testing.T) {
	if out := l.good(t, "", "version"); !strings.Contains(out, "windows/amd64") {
		t.Errorf("version: %q", out)
	}
	l.good(t, "", "apis", "check")
	for _, want := range []string{`AppData\Roaming\arl\config.yaml`, `AppData\Local\arl\live`, "locks hold"} {
		if out := l.good(t, "", "doctor"); !strings.Contains(out, want) {
			t.Errorf("doctor does not say %q:\n%s", want, out)
		}
	}
	if r := l.arl(t, "", "proxy", "lab", "--listen", strings.TrimPrefix(l.server.url, "http://")); r.code == 0 ||
		!strings.Contains(r.err, "something else listens there") {
		t.Errorf("proxy at a port that is taken: %+v", r)
	}
}

// names are of files: with backslashes, spaces, drives, and those that the system keeps for itself.
func (l *windowsLab) names(t *testing.T) {
	if err := os.Mkdir(filepath.Join(l.dir, "sub dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	absolute := "Z:" + strings.ReplaceAll(filepath.Join(l.dir, "sub dir", "out 2.json"), "/", `\`)
	l.good(t, "", "get", "lab", "-s", "-o", `sub dir\out 1.json`, "/one")
	l.good(t, "", "get", "lab", "-s", "-o", absolute, "/two")
	l.good(t, "", "get", "lab", "-s", "-o", `sub dir/out 1.json`, "/three") // in the place of the first one
	l.good(t, "", "get", "lab", "-s", "-O", "/aux")
	l.good(t, "", "get", "lab", "-s", "-O", "/c:d")
	for name, path := range map[string]string{"sub dir/out 1.json": "/three", "sub dir/out 2.json": "/two", "_aux": "/aux", "c_d": "/c:d"} {
		if text := l.file(t, name); !strings.Contains(text, `"/lab`+path+`"`) {
			t.Errorf("%s: %q", name, text)
		}
	}
	arltest.Write(t, filepath.Join(l.dir, "sub dir", "body.txt"), "a body")
	record := `{"method":"POST","path":"/file","body_file":"sub dir\\body.txt"}` + "\r\n"
	if out := l.good(t, record, "batch", "lab", "-s"); !strings.Contains(out, `"body":"a body"`) {
		t.Errorf("body_file: %s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(l.dir, "sub dir", ".*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// devices are written to as they are, whatever they are for.
func (l *windowsLab) devices(t *testing.T) {
	for _, flag := range []string{"-o", "-D", "-c"} {
		l.good(t, "", "get", "lab", "-s", flag, "NUL", "/a")
	}
	for _, flag := range []string{"-o", "--failed-out", "--summary-file", "--log-json"} {
		l.good(t, "/a\r\n", "batch", "lab", "-s", flag, "NUL")
	}
	if left, _ := filepath.Glob(filepath.Join(l.dir, "[Nn][Uu][Ll]*")); len(left) > 0 {
		t.Errorf("files of a device's name: %q", left)
	}
}

// lines may end as they do on Windows. A failed record is written as it was read.
func (l *windowsLab) lines(t *testing.T) {
	arltest.Write(t, filepath.Join(l.dir, "lines.ndjson"), "/plain?x=1\r\n\r\n{\"id\":\"r\",\"path\":\"/record\"}\r\n/fails\r\n")
	r := l.arl(t, "", "batch", "lab", "-s", "--failed-out", "failed.ndjson", "lines.ndjson")
	if r.code != 1 || strings.Count(r.out, "\n") != 3 {
		t.Errorf("%+v, want 3 results and exit code 1", r)
	}
	for _, request := range []string{"GET /lab/plain?x=1", "GET /lab/record", "GET /lab/fails"} {
		if n := l.server.count(request); n != 1 {
			t.Errorf("%s was sent %d times", request, n)
		}
	}
	if failed := strings.TrimSpace(l.file(t, "failed.ndjson")); failed != "/fails" {
		t.Errorf("failed: %q", failed)
	}
}

// resume takes a batch up whose process was ended: every record has one result, and no POST was sent twice.
func (l *windowsLab) resume(t *testing.T) {
	const records = 300
	var input strings.Builder
	for i := range records {
		fmt.Fprintf(&input, "{\"id\":\"r%d\",\"method\":\"POST\",\"path\":\"/r/%d\"}\r\n", i, i)
	}
	arltest.Write(t, filepath.Join(l.dir, "in.ndjson"), input.String())
	args := []string{"batch", "lab", "-s", "-o", `sub dir\out.ndjson`, "in.ndjson"}
	l.kill(t, 30, args...)
	if r := l.arl(t, "", append(args, "--resume")...); r.code > 1 {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	paths := map[string]bool{}
	for _, r := range l.results(t, "sub dir/out.ndjson") {
		n := l.server.count("POST /lab" + r.Path)
		if unknown := r.Error.Kind == "unknown"; paths[r.Path] || n > 1 || !unknown && (!r.OK || n == 0) {
			t.Errorf("%+v: the server has seen it %d times, and it had a result before: %v", r, n, paths[r.Path])
		}
		paths[r.Path] = true
	}
	if len(paths) != records {
		t.Errorf("%d results of %d records", len(paths), records)
	}
	l.good(t, "", append(args, "--resume", "--resend-unknown")...)
	if _, err := os.Stat(filepath.Join(l.dir, "sub dir", "out.ndjson.journal")); err == nil {
		t.Error("the journal is still there")
	}
	if r := l.arl(t, "", args...); r.code == 0 || !strings.Contains(r.err, "is not empty") {
		t.Errorf("written over: %+v", r)
	}
}

// kill starts arl.exe, and ends it when the server has got some requests more.
func (l *windowsLab) kill(t *testing.T, requests int, args ...string) {
	before := len(l.server.asked("lab"))
	c, _, said := l.command(l.ctx, "", args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(wineProgram); time.Now().Before(end) && len(l.server.asked("lab")) < before+requests; {
		time.Sleep(time.Millisecond)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != -1 {
		t.Errorf("exit code %d before it was killed\n%s", code, said)
	}
}

// locked is an output that another process writes.
func (l *windowsLab) locked(t *testing.T) {
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	first, _, _ := l.command(ctx, "", "batch", "paced", "-s", "-o", "locked.ndjson", "in.ndjson") // 20 s
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(wineProgram); time.Now().Before(end) && len(l.server.asked("paced")) < 3; {
		time.Sleep(time.Millisecond)
	}
	r := l.arl(t, "", "batch", "paced", "-s", "-o", "locked.ndjson", "--resume", "in.ndjson")
	if r.code == 0 || !strings.Contains(r.err, "another arl is writing locked.ndjson") {
		t.Errorf("%+v", r)
	}
	cancel()
	_ = first.Wait()
}

// budget is shared: two processes together send no faster than one may.
func (l *windowsLab) budget(t *testing.T) {
	const each, rate, burst = 20, 15, 2
	before := len(l.server.asked("paced"))
	input := strings.Repeat("/shared\r\n", each)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { l.good(t, input, "batch", "paced", "-s", "-o", "NUL") })
	}
	both.Wait()
	times := l.server.asked("paced")[before:]
	if len(times) != 2*each {
		t.Fatalf("%d requests, want %d", len(times), 2*each)
	}
	// Two that do not share take half of the time. A request may take its time on the way, and the next one none.
	least := (2*each - 1 - burst) * time.Second / rate * 7 / 10
	if took := times[len(times)-1].Sub(times[0]); took < least {
		t.Errorf("%d requests at %d/s took %v, want at least %v", len(times), rate, took, least)
	}
}

// rates are replaced by processes at the same time, while others read them.
func (l *windowsLab) rates(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 {
				if r := l.arl(t, "/a\n/b\n", "batch", "lab", "-s", "-o", "NUL"); r.code != 0 || r.err != "" {
					t.Errorf("batch: %+v", r)
				}
			}
		})
		all.Go(func() {
			for range 3 {
				if r := l.arl(t, "", "rates"); r.code != 0 || !strings.Contains(r.out, "lab") {
					t.Errorf("rates: %+v", r)
				}
			}
		})
	}
	all.Wait()
	left, _ := filepath.Glob(filepath.Join(l.config, "*"))
	hidden, _ := filepath.Glob(filepath.Join(l.config, ".*-*"))
	for i, path := range left {
		left[i] = filepath.Base(path)
	}
	if want := []string{"config.yaml", "rates.yaml", "rates.yaml.lock"}; !slices.Equal(left, want) || len(hidden) > 0 {
		t.Errorf("%q and %q, want %q", left, hidden, want)
	}
}
