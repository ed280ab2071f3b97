package transport

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // RFC 8018's default, which some keys have
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

// What an encrypted key says of itself: RFC 5958 and RFC 8018, appendix A.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct {
		Derivation, Scheme pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

// errKeyKind is what is wrong with a key of another kind.
func errKeyKind() error {
	return errors.New("the encryption of the key is not supported: convert it with `openssl pkcs8 -topk8 -v2 aes256`")
}

// decryptPKCS8 decrypts a key as OpenSSL encrypts them: PBKDF2 and AES in CBC mode.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var key encryptedKey
	var scheme pbes2
	var derive pbkdf2Params
	var iv []byte
	if !parsed(der, &key) || key.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" ||
		!parsed(key.Algorithm.Parameters.FullBytes, &scheme) || scheme.Derivation.Algorithm.String() != "1.2.840.113549.1.5.12" ||
		!parsed(scheme.Derivation.Parameters.FullBytes, &derive) || !parsed(scheme.Scheme.Parameters.FullBytes, &iv) {
		return nil, errKeyKind()
	}
	size := map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}[scheme.Scheme.Algorithm.String()]
	prf := prfOf(derive.PRF.Algorithm.String())
	if size == 0 || prf == nil || len(iv) != aes.BlockSize || derive.Iterations < 1 || derive.Iterations > 10_000_000 {
		return nil, errKeyKind()
	}
	secret, err := pbkdf2.Key(prf, password, derive.Salt, derive.Iterations, size)
	if err != nil {
		return nil, err
	}
	return decryptCBC(secret, iv, key.Data)
}

func parsed(der []byte, to any) bool {
	rest, err := asn1.Unmarshal(der, to)
	return err == nil && len(rest) == 0
}

func prfOf(oid string) func() hash.Hash {
	switch oid {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.11":
		return sha512.New
	}
	return nil
}

func decryptCBC(key, iv, data []byte) ([]byte, error) {
	wrong := errors.New("wrong password for the key")
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errKeyKind()
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	padding := int(out[len(out)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, wrong
	}
	for _, b := range out[len(out)-padding:] {
		if int(b) != padding {
			return nil, wrong
		}
	}
	out = out[:len(out)-padding]
	if !parsed(out, new(asn1.RawValue)) {
		return nil, wrong
	}
	return out, nil
}
