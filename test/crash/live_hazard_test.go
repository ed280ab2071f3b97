//go:build linux

package crash_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/arl-cli/arl/test/arltest"
)

// A household is one user's arl processes, and the server that they talk to.
type household struct {
	t    *testing.T
	home string
	live string
	arl  string
	env  []string // beside HOME

	stalled func() time.Duration // how late a sleeper woke up at worst

	mu   sync.Mutex
	seen []time.Time // when the server was asked
}

// newHousehold has an api s with a rate that stays as it is.
func newHousehold(t *testing.T, perSecond int) *household {
	t.Helper()
	h := &household{t: t, home: t.TempDir(), stalled: arltest.WatchMachine(t)}
	h.live = filepath.Join(h.home, "live")
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.seen = append(h.seen, time.Now())
	}))
	t.Cleanup(server.Close)
	var err error
	if h.arl, err = exec.LookPath("arl"); err != nil { // TestMain has put it into PATH
		t.Fatal(err)
	}
	config := filepath.Join(h.home, ".config", "arl")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("apis:\n  s: {base_url: %q, initial_rate: %d, max_rate: %[2]d, burst: 1}\n", server.URL, perSecond)
	if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *household) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen)
}

// fastest is the most that the server was asked in a second.
func (h *household) fastest() (most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, j := 0, 0; j < len(h.seen); j++ {
		for h.seen[j].Sub(h.seen[i]) > time.Second {
			i++
		}
		most = max(most, j-i+1)
	}
	return most
}

// tooMany is more in a second than a rate of so many explains: what a machine that stood still kept back comes at once
// when it goes on, on the side of those who send and on the server's.
func (h *household) tooMany(perSecond int) int {
	return int(float64(perSecond) * (1.25 + 2*h.stalled().Seconds()))
}

// A resident is one of the processes.
type resident struct {
	*exec.Cmd
	said arltest.Transcript
}

func (h *household) start(in string, args ...string) *resident {
	h.t.Helper()
	r := &resident{Cmd: exec.Command(h.arl, args...)}
	r.Env = append(append(os.Environ(), "HOME="+h.home, "ARL_RUNTIME_DIR="+h.live, "GORACE=atexit_sleep_ms=0"), h.env...)
	r.Dir, r.Stdin, r.Stderr = h.home, strings.NewReader(in), &r.said
	if err := r.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = r.Process.Kill()
		_ = r.Wait()
	})
	return r
}

// batch starts a batch of n records.
func (h *household) batch(n int) *resident {
	return h.start(strings.Repeat("/x\n", n), "batch", "s", "--no-progress-meter")
}

// get runs one request, which must succeed, and returns what it says.
func (h *household) get() string {
	h.t.Helper()
	r := h.start("", "get", "s", "/x")
	r.finish(h.t, 0)
	return r.said.String()
}

func (r *resident) finish(t *testing.T, want int) {
	t.Helper()
	slow := time.AfterFunc(2*time.Minute, func() { _ = r.Process.Kill() })
	defer slow.Stop()
	err := r.Wait()
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if code != want {
		t.Errorf("exit code %d, want %d\n%s", code, want, r.said.String())
	}
}

// wantSaid expects that each of these was said once.
func (r *resident) wantSaid(t *testing.T, once ...string) {
	t.Helper()
	for _, text := range once {
		if n := strings.Count(r.said.String(), text); n != 1 {
			t.Errorf("%q was said %d times, want once, in\n%s", text, n, r.said.String())
		}
	}
}

// until waits for something.
func (h *household) until(what string, is func() bool) {
	h.t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("%s: it did not come to that", what)
		}
	}
}

func (h *household) untilSaid(r *resident, text string) {
	h.t.Helper()
	h.until(text, func() bool { return strings.Contains(r.said.String(), text) })
}

// stopHolding stops a process while it holds the lock of its key.
func (h *household) stopHolding(r *resident) {
	h.t.Helper()
	files, _ := filepath.Glob(filepath.Join(h.live, "s.*.live"))
	file, err := os.Open(files[0])
	if err != nil {
		h.t.Fatal(err)
	}
	defer file.Close()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		_ = r.Process.Signal(syscall.SIGSTOP)
		h.until("stopped", func() bool {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Process.Pid))
			_, state, _ := strings.Cut(string(stat), ") ")
			return strings.HasPrefix(state, "T")
		})
		if errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
			return
		}
		_ = unix.Flock(int(file.Fd()), unix.LOCK_UN)
		_ = r.Process.Signal(syscall.SIGCONT)
		time.Sleep(200 * time.Microsecond)
	}
	h.t.Fatal("it was never stopped while it held the lock: does it lock the file at all?")
}

// A batch that is stopped while it holds the lock stops nobody else, who goes on with a share, says so once,
// and comes back.
func TestStoppedHolder(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	h := newHousehold(t, 500)
	one := h.batch(100_000)
	h.until("at work", func() bool { return h.asked() > 20 })
	h.stopHolding(one)
	h.mu.Lock()
	h.seen = nil
	h.mu.Unlock()
	two := h.batch(1500)
	h.untilSaid(two, "share of the last known rate")
	time.Sleep(1100 * time.Millisecond)
	if most := h.fastest(); most > h.tooMany(250) {
		t.Errorf("%d in a second without the other, want about half of 500", most)
	}
	before := h.asked()
	h.until("it goes on without the other", func() bool { return h.asked() > before+20 })
	_ = one.Process.Signal(syscall.SIGCONT)
	h.untilSaid(two, "the live state is back; limits are shared again")
	two.finish(t, 0)
	two.wantSaid(t, "locked by a process that makes no progress", "share of the last known rate", "hint: ", "is back; limits are shared again")
	_ = one.Process.Signal(os.Interrupt)
	one.finish(t, 130)
	if most := h.fastest(); most > h.tooMany(500) {
		t.Errorf("%d in a second, want about 500", most)
	}
}

// Nothing is left of a batch that is killed while it holds the lock.
func TestKilledHolder(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 500)
	one := h.batch(100_000)
	h.until("at work", func() bool { return h.asked() > 20 })
	h.stopHolding(one)
	two := h.start("", "get", "s", "/x")
	time.Sleep(50 * time.Millisecond) // so that it waits
	_ = one.Process.Kill()
	two.finish(t, 0)
	if said := two.said.String(); said != "" {
		t.Errorf("the next one says %q", said)
	}
}

// However often the directory is swapped, removed or put back as it was, the batches keep to their pace.
func TestSwappedLiveDir(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 500)
	one, two := h.batch(1500), h.batch(1500)
	h.until("at work", func() bool { return h.asked() > 20 })
	for i := 0; h.asked() < 2500; i++ {
		away := fmt.Sprint(h.live, i)
		switch i % 3 {
		case 0:
			_ = os.Rename(h.live, away)
		case 1:
			_ = os.RemoveAll(h.live)
		case 2: // that of two swaps ago
			_ = os.Rename(h.live, away)
			_ = os.Rename(fmt.Sprint(h.live, i-2), h.live)
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, r := range []*resident{one, two} {
		r.finish(t, 0)
		if said := r.said.String(); strings.Contains(said, "warning") {
			t.Errorf("one says %q", said)
		}
	}
	if most := h.fastest(); most > h.tooMany(500) {
		t.Errorf("%d in a second, want about 500", most)
	}
}

// A link in the place of the directory is not followed, and its removal noticed.
func TestLinkedLiveDir(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 200)
	outside := t.TempDir()
	r := h.batch(1200)
	h.until("at work", func() bool { return h.asked() > 20 })
	if err := errors.Join(os.Rename(h.live, h.live+"2"), os.Symlink(outside, h.live)); err != nil {
		t.Fatal(err)
	}
	h.untilSaid(r, "is a link, which is not followed")
	if err := os.Remove(h.live); err != nil {
		t.Fatal(err)
	}
	r.finish(t, 0)
	r.wantSaid(t, "share of the last known rate", "hint: ", "is back; limits are shared again")
	if made, err := os.ReadDir(outside); len(made) > 0 || err != nil {
		t.Errorf("%v was made outside, %v", made, err)
	}
}

// A disk without room for one more file, or that cannot be written to, is said once. One that has room again
// is used again.
func TestNoRoomForLive(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 200)
	resize := smallDisk(t, h.live, "16k")
	if said := h.get(); said != "" {
		t.Fatalf("with room: %q", said)
	}
	full := func() {
		_ = os.Remove(filepath.Join(h.live, "fill"))
		if err := os.WriteFile(filepath.Join(h.live, "fill"), make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
	}
	full()
	if said := h.get(); said != "" {
		t.Errorf("a key that has its file: %q", said)
	}
	files, _ := filepath.Glob(filepath.Join(h.live, "s.*.live"))
	_ = os.Remove(files[0])
	full()
	r := h.batch(900)
	h.untilSaid(r, "no space left on device")
	resize("1m")
	r.finish(t, 0)
	r.wantSaid(t, "share of the last known rate", "hint: make room there", "is back; limits are shared again")
}

func TestNoInodesForLive(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 200)
	mount(t, h.live, "size=64k,nr_inodes=1")
	if said := h.get(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "no space left on device") || !strings.Contains(said, "df -i") {
		t.Errorf("without inodes: %q", said)
	}
}

func TestReadOnlyLive(t *testing.T) {
	t.Parallel()
	h := newHousehold(t, 200)
	mount(t, h.live, "size=64k")
	h.get()
	if err := unix.Mount("tmpfs", h.live, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be made read-only here: %v", err)
	}
	if said := h.get(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "continuing in memory") || !strings.Contains(said, "read-only") {
		t.Errorf("read-only: %q", said)
	}
	r := h.batch(50)
	r.finish(t, 0)
	r.wantSaid(t, "warning: ", "hint: ")
}

func mount(t *testing.T, path, options string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, options); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
}

const nobody = 65534

// openToAll gives a household that others than root can use.
func openToAll(t *testing.T) *household {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	h := newHousehold(t, 200)
	dir, err := os.MkdirTemp("", "arl-household-") //nolint:usetesting // t.TempDir's are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	home := filepath.Join(dir, "home")
	program := filepath.Join(dir, "arl")
	// By a process of its own: a copy that is open here while another test starts a program is open there too, and
	// cannot be run meanwhile.
	err = exec.Command("cp", h.arl, program).Run()
	if err := errors.Join(err, os.Chmod(program, 0o755), os.Chmod(dir, 0o755), os.CopyFS(home, os.DirFS(h.home))); err != nil { //nolint:gosec // for others
		t.Fatal(err)
	}
	err = filepath.WalkDir(home, func(path string, _ os.DirEntry, _ error) error { return os.Chown(path, nobody, nobody) })
	if err != nil {
		t.Fatal(err)
	}
	h.arl, h.home, h.live = program, home, filepath.Join(home, ".local", "state", "live")
	return h
}

// getAsNobody is get by nobody, who owns the home.
func (h *household) getAsNobody() string {
	h.t.Helper()
	c := exec.Command(h.arl, "get", "s", "/x")
	c.Env = append(append(os.Environ(), "HOME="+h.home, "ARL_RUNTIME_DIR="+h.live, "GORACE=atexit_sleep_ms=0"), h.env...)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var said strings.Builder
	c.Stderr = &said
	if err := c.Run(); err != nil {
		h.t.Errorf("%v\n%s", err, said.String())
	}
	return said.String()
}

// Root with somebody's home leaves nothing there that locks its owner out.
func TestSudoKeepsTheOwner(t *testing.T) {
	t.Parallel()
	h := openToAll(t)
	for i := range 3 {
		if said := h.get(); said != "" {
			t.Errorf("root, %d: %q", i, said)
		}
		if said := h.getAsNobody(); said != "" {
			t.Errorf("the owner, %d: %q", i, said)
		}
	}
	made := 0
	_ = filepath.WalkDir(h.home, func(path string, d os.DirEntry, _ error) error {
		info, err := d.Info()
		if err != nil {
			return err
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != nobody {
			t.Errorf("%s belongs to %d", path, s.Uid)
		}
		made++
		return nil
	})
	if made < 8 {
		t.Errorf("only %d files and directories were made", made)
	}
}

// Where another user's directory or files stand in the place of one's own, they are left alone.
func TestAnotherUsersLive(t *testing.T) {
	t.Parallel()
	h := openToAll(t)
	h.getAsNobody()
	files, err := filepath.Glob(filepath.Join(h.live, "s.*.live"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	const another = 54321
	if err := errors.Join(os.Chown(files[0], another, another), os.Chmod(files[0], 0o666)); err != nil { //nolint:gosec // a trap
		t.Fatal(err)
	}
	before, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for who, said := range map[string]string{"the owner of the directory": h.getAsNobody(), "root": h.get()} {
		if !strings.Contains(said, "belongs to another user") || strings.Count(said, "\n") != 2 || !strings.Contains(said, "hint: ") {
			t.Errorf("%s: %q", who, said)
		}
	}
	if after, err := os.ReadFile(files[0]); string(after) != string(before) || err != nil {
		t.Errorf("another user's file was written to, %v", err)
	}
	if err := errors.Join(os.Chown(h.live, another, another), os.Chmod(h.live, 0o777)); err != nil { //nolint:gosec // a trap
		t.Fatal(err)
	}
	if said := h.getAsNobody(); !strings.Contains(said, "continuing in memory") || !strings.Contains(said, "belongs to another user") {
		t.Errorf("another user's directory: %q", said)
	}
}
