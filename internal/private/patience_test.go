package private

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhileBusy(t *testing.T) {
	t.Parallel()
	errBusy, errOther := errors.New("busy"), errors.New("other")
	busy := func(err error) bool { return errors.Is(err, errBusy) }
	for name, test := range map[string]struct {
		becomes     error // after half a second of errBusy
		want        error
		least, most time.Duration
	}{
		"free":          {nil, nil, 500 * time.Millisecond, 600 * time.Millisecond},
		"another error": {errOther, errOther, 500 * time.Millisecond, 600 * time.Millisecond},
		"for ever":      {errBusy, errBusy, busyPatience, busyPatience + 2*busyLongest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := whileBusy(func() error {
					if time.Since(began) < 500*time.Millisecond {
						return errBusy
					}
					return test.becomes
				}, busy)
				if took := time.Since(began); !errors.Is(err, test.want) || took < test.least || took > test.most {
					t.Errorf("%v after %v, want %v after %v to %v", err, took, test.want, test.least, test.most)
				}
			})
		})
	}
}

// A file is replaced although somebody reads it just now, as on Windows it cannot be.
func TestReplaceWhileRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = reader.Close() })
	if err := Replace(path, []byte("new"), false, func() bool { return true }); err != nil {
		t.Fatal(err)
	}
	if b, err := Read(path, 100); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
}
