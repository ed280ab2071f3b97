package filestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

// What processes say they use is in a directory beside the keys, a small file each, replaced as a whole.
// Nobody waits for it and no key depends on it.
const (
	usersDir   = "users"
	userSuffix = ".user"
	// largestUser is more than a file of a user has, in bytes.
	largestUser = 64 << 10
	// mostUsers is how many of them are looked at.
	mostUsers = 1000
	// forgottenUser is how old a file is that a killed process has left for good.
	forgottenUser = time.Minute
)

// Announce implements limiter.Register.
func (s *Store) Announce(_ context.Context, u pacing.User) error {
	s.mu.Lock()
	first := s.user == ""
	if first {
		s.user = fmt.Sprintf("%d-%s", u.PID, strconv.FormatUint(rand.Uint64(), 36))
	}
	path := s.userFile()
	s.mu.Unlock()
	if first {
		sweepUsers(filepath.Dir(path), time.Now())
	}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	if err := private.Dirs(s.dir, filepath.Dir(path)); err != nil {
		return err
	}
	return private.Replace(path, text, false, func() bool { return true })
}

// Withdraw implements limiter.Register.
func (s *Store) Withdraw(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.user == "" {
		return nil
	}
	err := os.Remove(s.userFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// userFile is where this process says what it uses. mu is held.
func (s *Store) userFile() string { return filepath.Join(s.dir, usersDir, s.user+userSuffix) }

// Users returns who uses the keys in dir.
func Users(dir string) ([]pacing.User, error) {
	directory := filepath.Join(dir, usersDir)
	names, err := userFiles(directory)
	if err != nil {
		return nil, err
	}
	var users []pacing.User
	for _, name := range names {
		if u, ok := readUser(filepath.Join(directory, name), time.Now()); ok {
			users = append(users, u)
		}
	}
	return users, nil
}

// userFiles returns the names of the files of a directory that may be of users. One that is not there has none.
func userFiles(directory string) ([]string, error) {
	dir, err := os.Open(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read who uses the live state: %w", err)
	}
	defer dir.Close() //nolint:errcheck // it was only read
	all, err := dir.Readdirnames(mostUsers)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read who uses the live state: %w", err)
	}
	var names []string
	for _, name := range all {
		if strings.HasSuffix(name, userSuffix) {
			names = append(names, name)
		}
	}
	return names, nil
}

// readUser reads what a process said, if that is not too long ago.
func readUser(path string, now time.Time) (u pacing.User, ok bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > largestUser {
		return u, false
	}
	if age := now.Sub(info.ModTime()); age > pacing.UserExpiry || age < -pacing.UserExpiry {
		return u, false
	}
	text, err := os.ReadFile(path)
	return u, err == nil && json.Unmarshal(text, &u) == nil
}

// sweepUsers removes what killed processes have left.
func sweepUsers(directory string, now time.Time) {
	dir, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, file := range dir {
		info, err := file.Info()
		if err == nil && strings.Contains(file.Name(), userSuffix) && now.Sub(info.ModTime()) > forgottenUser {
			_ = os.Remove(filepath.Join(directory, file.Name()))
		}
	}
}
