package transport

import (
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
)

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cert, key, problem string }{
		{"testdata/client.pem", "testdata/client.key", ""},
		{"testdata/client.pem:secret", "testdata/client.aes256.key", ""},
		{"testdata/client.pem:secret", "testdata/client.aes128.key", ""},
		{"testdata/client.pem:wrong", "testdata/client.aes256.key", "password"},
		{"testdata/client.pem", "testdata/client.aes256.key", "-E FILE:PASSWORD"},
		{"testdata/client.pem:secret", "testdata/client.3des.key", "openssl pkcs8"},
		{"testdata/client.pem:secret", "testdata/client.old.key", "openssl pkey"},
		{"testdata/client.pem", "", "private key"},
		{"testdata/nothing.pem", "", "nothing.pem"},
		{"testdata/client.pem", "testdata/nothing.key", "nothing.key"},
	} {
		_, err := clientCertificate(tt.cert, tt.key)
		switch {
		case tt.problem == "" && err != nil:
			t.Errorf("-E %s --key %s: %v", tt.cert, tt.key, err)
		case tt.problem != "" && (!failure.Is[*input.Error](err) || !strings.Contains(err.Error(), tt.problem) || strings.Contains(err.Error(), "secret")):
			t.Errorf("-E %s --key %s: %v, want an InputError that says %s", tt.cert, tt.key, err, tt.problem)
		}
	}
}

func TestCutPassword(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"a.pem": {"a.pem", ""}, "a.pem:pass": {"a.pem", "pass"}, `a\:b.pem:pa:ss`: {"a:b.pem", "pa:ss"}, `a\\b`: {`a\b`, ""},
	} {
		if file, password := cutPassword(in); file != want[0] || password != want[1] {
			t.Errorf("%s is %q and %q, want %q", in, file, password, want)
		}
	}
}

// A damaged key is an error, never a panic.
func FuzzEncryptedKey(f *testing.F) {
	f.Add([]byte{0x30, 0x00}, "x")
	f.Fuzz(func(t *testing.T, der []byte, password string) {
		if len(der) > 2000 {
			return
		}
		if out, err := decryptPKCS8(der, password); err == nil && len(out) == 0 {
			t.Error("no key and no error")
		}
	})
}
