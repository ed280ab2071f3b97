package redact

import (
	"encoding/base64"
	"testing"
)

// Whatever stands before and after it, a secret is found in base64.
func TestRedactWithinBase64(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t/t0ken+val=ue"
	for before := range 5 {
		for after := range 5 {
			text := secretsBase64("abcde"[:before] + secret + "vwxyz"[:after])
			for _, s := range text {
				if got := Text(s, secret); got == s {
					t.Errorf("%d before, %d after: %q shows it", before, after, s)
				}
			}
		}
	}
}

func secretsBase64(s string) []string {
	return []string{base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))}
}
