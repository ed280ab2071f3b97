package tokens

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"
)

// A held token, or a rejection to give one, as it lies sealed in a place.
type held struct {
	Value  string        `json:"token,omitempty"`
	Denied string        `json:"denied,omitempty"` // why none is given
	Life   time.Duration `json:"life"`             // from when it was put down

	until time.Time // by this process's clock
}

const (
	saltSize = 16
	// version begins what is sealed, and is part of what is authenticated.
	version = "arl token 1\n"
)

var errSealed = errors.New("encrypted with another secret, or damaged")

// seal encrypts what so that only who has the secret can read it, and only as what lies under name. Every time
// it takes a new key, so that no nonce meets its key again.
func seal(what any, secret, name string) ([]byte, error) {
	text, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(version)+saltSize, len(version)+saltSize+64+len(text))
	copy(out, version)
	salt := out[len(version):]
	_, _ = rand.Read(salt) // never fails
	aead, err := sealer(secret, salt)
	if err != nil {
		return nil, err
	}
	return aead.Seal(out, nil, text, []byte(version+name)), nil
}

// unseal decodes into what.
func unseal(b []byte, secret, name string, what any) error {
	if len(b) < len(version)+saltSize || string(b[:len(version)]) != version {
		return errSealed
	}
	salt, rest := b[len(version):len(version)+saltSize], b[len(version)+saltSize:]
	aead, err := sealer(secret, salt)
	if err != nil {
		return err
	}
	text, err := aead.Open(nil, nil, rest, []byte(version+name))
	if err != nil || json.Unmarshal(text, what) != nil {
		return errSealed
	}
	return nil
}

// sealer is AES-GCM under a key of the secret and the salt. It makes the nonce by itself.
func sealer(secret string, salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), salt, "arl token at rest", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
