package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxKeyText is how much of a name is in a key.
const maxKeyText = 64

// KeyText returns a name as a part of a key: percent-encoded where it has characters with a meaning in keys, and with a
// hash in place of the end of a long one.
func KeyText(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if alphanumeric(rune(c)) || strings.IndexByte("%.-_~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	text := b.String()
	if len(text) <= maxKeyText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:maxKeyText-9] + "~" + hex.EncodeToString(sum[:4])
}
