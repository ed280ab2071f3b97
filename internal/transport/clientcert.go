package transport

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// clientCertificate reads what proves to a server who the client is: -E file[:password], --key file.
// Without a key's file, the key stands beside the certificate.
func clientCertificate(cert, key string) (tls.Certificate, error) {
	file, password := cutPassword(cert)
	if key == "" {
		key = file
	}
	certs, err := os.ReadFile(file)
	if err != nil {
		return tls.Certificate{}, input.Wrap(err)
	}
	keys := certs
	if key != file {
		if keys, err = os.ReadFile(key); err != nil {
			return tls.Certificate{}, input.Wrap(err)
		}
	}
	if keys, err = plainKey(keys, password); err != nil {
		return tls.Certificate{}, input.Errorf("%s: %w", key, err)
	}
	pair, err := tls.X509KeyPair(certs, keys)
	if err != nil {
		return pair, input.Errorf("client certificate %s: %w", file, err)
	}
	return pair, nil
}

// cutPassword takes file:password apart. A colon in a file's name is written "\:"; that of a drive stays.
func cutPassword(s string) (file, password string) {
	drive := filepath.VolumeName(s)
	var b strings.Builder
	rest := s[len(drive):]
	for i := 0; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest) && (rest[i+1] == ':' || rest[i+1] == '\\'):
			i++
		case rest[i] == ':':
			return drive + b.String(), rest[i+1:]
		}
		b.WriteByte(rest[i])
	}
	return drive + b.String(), ""
}

// plainKey decrypts the key in a PEM file, if it is encrypted.
func plainKey(b []byte, password string) ([]byte, error) {
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return b, nil
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" && password == "", block.Headers["DEK-Info"] != "" && password == "":
			return nil, errors.New("the key is encrypted: give the password with -E FILE:PASSWORD")
		case block.Type == "ENCRYPTED PRIVATE KEY":
			der, err := decryptPKCS8(block.Bytes, password)
			if err != nil {
				return nil, err
			}
			return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
		case block.Headers["DEK-Info"] != "":
			return nil, errors.New("the key is encrypted in an old format: convert it to PKCS #8 with `openssl pkey`")
		}
	}
}
