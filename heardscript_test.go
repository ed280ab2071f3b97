package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// A leak in a script fails it, although the script itself does not look.
func TestHeardFailsScripts(t *testing.T) {
	t.Parallel()
	const setting = "env TOKEN=pl4nted/s3cret\nexec arl version\n"
	for name, script := range map[string]string{
		"file":   setting + "cp planted home/.local/state/file\n-- home/.local/state/x --\n-- planted --\nkey=pl4nted%2Fs3cret\n",
		"stderr": "env TOKEN=pl4nted-s3cret\nexitcode 2 arl apis show pl4nted-s3cret\n",
		"clean":  "exitcode 0 arl get sandbox /x -u me:pl4nted-s3cret --dry-run\nexec arl rates\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.txtar"), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		got := listen{}
		testscript.RunT(&got, testscript.Params{Dir: dir, Setup: setUp, Cmds: commands(), RequireExplicitExec: true})
		leaked := strings.Contains(got.log.String(), "is in ")
		if want := name != "clean"; leaked != want || got.failed != want {
			t.Errorf("%s: failed %v, leaked %v, want %v:\n%s", name, got.failed, leaked, want, &got.log)
		}
	}
}

// listen is a [testscript.T] that keeps what a script comes to to itself.
type listen struct {
	log    strings.Builder
	failed bool
}

// Skip implements testscript.T.
func (l *listen) Skip(...any) { runtime.Goexit() }

// Fatal implements testscript.T.
func (l *listen) Fatal(args ...any) { l.Log(args...); l.FailNow() }

// Parallel implements testscript.T.
func (l *listen) Parallel() {}

// Log implements testscript.T.
func (l *listen) Log(args ...any) {
	for _, arg := range args {
		if text, ok := arg.(string); ok {
			l.log.WriteString(text + "\n")
		}
	}
}

// FailNow implements testscript.T.
func (l *listen) FailNow() { l.failed = true; runtime.Goexit() }

// Verbose implements testscript.T.
func (l *listen) Verbose() bool { return false }

// Run implements testscript.T.
func (l *listen) Run(_ string, f func(testscript.T)) {
	var done sync.WaitGroup
	done.Go(func() { f(l) })
	done.Wait()
}
