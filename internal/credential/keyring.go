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

// keyringService is the service name of arl's entries in the system's keyring; the user name is the API's name.
const keyringService = "arl"

// keyringTimeout bounds a call of the system's keyring, which may ask the user to unlock it.
const keyringTimeout = 30 * time.Second

// ErrNotInKeyring says that the system's keyring has no entry for an API.
var ErrNotInKeyring = errors.New("the system keyring has no credential")

// A KeyringError says that the system's keyring cannot be used.
type KeyringError struct{ Err error }

// Error implements error.
func (e *KeyringError) Error() string {
	return "the system keyring cannot be used: " + strings.TrimSuffix(e.Err.Error(), ".")
}

// Unwrap returns the cause.
func (e *KeyringError) Unwrap() error { return e.Err }

// brokenKeyring is why the keyring could not be used the last time, so that looking for the credentials of several APIs
// waits for it once.
//
//nolint:gochecknoglobals // there is one keyring
var brokenKeyring atomic.Pointer[KeyringError]

// oneKeyring serializes calls, so that the user is not asked twice to unlock the keyring.
//
//nolint:gochecknoglobals // there is one keyring
var oneKeyring sync.Mutex

// keyringDo calls the keyring, which may hang.
func keyringDo(step func() error) error {
	if broken := brokenKeyring.Load(); broken != nil {
		return broken
	}
	if err := keyringAvailable(); err != nil {
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
	case <-time.After(keyringTimeout):
		err = fmt.Errorf("no response within %v; is it locked?", keyringTimeout)
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

// inKeyring returns the keyring's entry for an API, or [ErrNotInKeyring].
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

// SaveToKeyring stores the credential of a profile in the system's keyring and replaces an existing one. value is a
// token, user:password, or client-id:client-secret for OAuth2. The error is an [*InvalidError] or a [*KeyringError].
func SaveToKeyring(p *config.Profile, value string) error {
	f := finder{p: p}
	value = strings.TrimSpace(value)
	if value == "" {
		return &InvalidError{p.Name, "standard input", "it is empty"}
	}
	if _, err := f.credential(finding{value: value, source: "what was given"}); err != nil {
		return err
	}
	return saveKey(p.Name, value)
}

// saveKey stores something in the keyring's entry for an API.
func saveKey(api, value string) error {
	return keyringDo(func() error { return keyring.Set(keyringService, api, value) })
}

// DeleteFromKeyring removes the credential of an API from the system's keyring. The error is [ErrNotInKeyring] or a
// [*KeyringError].
func DeleteFromKeyring(api string) error {
	return keyringDo(func() error { return keyring.Delete(keyringService, api) })
}
