//go:build !unix || darwin

package credential

// keyringAvailable returns nil: the keyring is part of the system.
func keyringAvailable() error { return nil }
