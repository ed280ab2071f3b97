package credential

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/zalando/go-keyring"
)

// keyringService is what arl's entries in the system's keyring are filed under; the user is the API's name.
const keyringService = "arl"

// keyringPatience is how long the system's keyring may take: it may ask the user to unlock it.
const keyringPatience = 30 * time.Second

// ErrNotInKeyring says that the system's keyring has nothing for an API.
var ErrNotInKeyring = errors.New("the system keyring has nothing")

// A KeyringError says that the system's keyring cannot be used.
type KeyringError struct{ Err error }

// Error implements error.
func (e *KeyringError) Error() string {
	return "the system keyring cannot be used: " + strings.TrimSuffix(e.Err.Error(), ".")
}

// Unwrap returns the cause.
func (e *KeyringError) Unwrap() error { return e.Err }

// brokenKeyring is why the keyring could not be used the last time: whoever looks for the credentials of
// several APIs asks it once.
//
//nolint:gochecknoglobals // there is one keyring
var brokenKeyring atomic.Pointer[KeyringError]

// oneKeyring lets one ask at a time, so that a user is not asked twice to unlock it.
//
//nolint:gochecknoglobals // there is one keyring
var oneKeyring sync.Mutex

// keyringDo does something with the keyring, which may hang.
func keyringDo(step func() error) error {
	if broken := brokenKeyring.Load(); broken != nil {
		return broken
	}
	if err := keyringThere(); err != nil {
		return &KeyringError{err}
	}
	done := make(chan error, 1)
	go func() {
		oneKeyring.Lock()
		defer oneKeyring.Unlock()
		done <- step()
	}()
	var err error
	select {
	case err = <-done:
	case <-time.After(keyringPatience):
		err = fmt.Errorf("no answer within %v; is it locked?", keyringPatience)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotInKeyring
	}
	broken := &KeyringError{err}
	if !errors.Is(err, keyring.ErrSetDataTooBig) {
		brokenKeyring.Store(broken)
	}
	return broken
}

// inKeyring returns what the keyring has for an API; [ErrNotInKeyring] if nothing.
func inKeyring(api string) (value string, err error) {
	found := make(chan string, 1)
	err = keyringDo(func() error {
		value, err := keyring.Get(keyringService, api)
		found <- value
		return err
	})
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(<-found), nil
}

// SaveToKeyring puts a profile's credential into the system's keyring, in the place of what is there: a token, or
// user:password, or for OAuth2 the client's id and secret in that form. The error is an
// [*InvalidError] if it cannot be sent as it is, or a [*KeyringError].
func SaveToKeyring(p *config.Profile, value string) error {
	f := finder{p: p}
	value = strings.TrimSpace(value)
	if value == "" {
		return &InvalidError{p.Name, "standard input", "there is none"}
	}
	if _, err := f.credential(finding{value: value, source: "what was given"}); err != nil {
		return err
	}
	return keyringDo(func() error { return keyring.Set(keyringService, p.Name, value) })
}

// DeleteFromKeyring removes an API's credential from the system's keyring. The error is [ErrNotInKeyring] if there is none, or
// a [*KeyringError].
func DeleteFromKeyring(api string) error {
	return keyringDo(func() error { return keyring.Delete(keyringService, api) })
}
