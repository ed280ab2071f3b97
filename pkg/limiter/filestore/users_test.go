package filestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
)

var _ pacing.Presence = (*Store)(nil)

func someUser(pid int) pacing.User {
	return pacing.User{
		PID: pid, Host: "here", Command: "batch notion", Since: time.Unix(1_800_000_000, 0).UTC(),
		Uses: []pacing.Use{{Key: "notion@1", InFlight: 2, Waiting: 60}},
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if users, err := Users(dir); err != nil || len(users) > 0 {
		t.Fatalf("of nobody: %v, %v", users, err)
	}
	var stores []*Store
	for pid := range 2 {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Announce(t.Context(), someUser(pid)); err != nil {
			t.Fatal(err)
		}
		if err := s.Announce(t.Context(), someUser(pid)); err != nil { // again, in place of the first time
			t.Fatal(err)
		}
		stores = append(stores, s)
	}
	if users, err := Users(dir); err != nil || len(users) != 2 {
		t.Fatalf("%v, %v", users, err)
	}
	if err := stores[0].Withdraw(t.Context()); err != nil {
		t.Fatal(err)
	}
	users, err := Users(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pacing.User{someUser(1)}, users, cmp.Transformer("time", time.Time.Unix)); diff != "" {
		t.Error(diff)
	}
	if err := stores[0].Withdraw(t.Context()); err != nil {
		t.Errorf("out twice: %v", err)
	}
}

// A link that was put in the place of the store's directory is not followed.
func TestUsersBelowALink(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), filepath.Join(t.TempDir(), "live")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+"2"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, dir); err != nil {
		t.Skip(err) // Windows, without the right to
	}
	if err := s.Announce(t.Context(), someUser(1)); err == nil {
		t.Error("it was followed")
	}
	if made, err := os.ReadDir(outside); len(made) > 0 || err != nil {
		t.Errorf("%v was made outside, %v", made, err)
	}
}

// What a killed process has left is not believed for long, and goes; neither is anything believed that is no
// user.
func TestUsersOfTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Announce(t.Context(), someUser(1)); err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(dir, usersDir)
	for name, text := range map[string]string{"torn.user": `{"pid":1,"ho`, "large.user": strings.Repeat(" ", largestUser+1), "other": "{}"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink("/dev/zero", filepath.Join(directory, "link.user")); err != nil {
			t.Fatal(err)
		}
	}
	if users, err := Users(dir); err != nil || len(users) != 1 {
		t.Errorf("%v, %v", users, err)
	}
	mine, err := filepath.Glob(filepath.Join(directory, "1-*.user"))
	if err != nil || len(mine) != 1 {
		t.Fatal(mine, err)
	}
	for _, age := range []time.Duration{pacing.UserExpiry + time.Second, -time.Hour} { // or from the future
		if err := os.Chtimes(mine[0], time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		if users, err := Users(dir); err != nil || len(users) != 0 {
			t.Errorf("%v old: %v, %v", age, users, err)
		}
	}
	if err := os.Chtimes(mine[0], time.Time{}, time.Now().Add(-2*forgottenUser)); err != nil {
		t.Fatal(err)
	}
	other, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Announce(t.Context(), someUser(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine[0]); !os.IsNotExist(err) {
		t.Errorf("what a dead process has left is still there: %v", err)
	}
}
