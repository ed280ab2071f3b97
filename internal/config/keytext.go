package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// longestText is how much of a name stands in a key.
const longestText = 64

// KeyText is a name as a part of a key: as it is written, with "%XX" for what has a meaning in keys, and a
// hash for the end of a long one.
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
	if len(text) <= longestText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:longestText-9] + "~" + hex.EncodeToString(sum[:4])
}
