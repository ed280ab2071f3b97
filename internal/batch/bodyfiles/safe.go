package bodyfiles

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how long a name can be, in bytes. File systems have 255, and something may be added.
const longest = 200

// clean replaces what cannot be in a file's name, or means something to a shell or a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._-+=,@~", r) {
			return r
		}
		return '_'
	}, text)
}

// safe makes a name of clean text the name of a plain file on every system: not "..", not hidden, not an
// option, not a device of Windows, not too long.
func safe(name string) string {
	name = strings.TrimRight(name, ".") // which Windows drops
	if len(name) > longest {
		name = shorten(name)
	}
	if name == "" || strings.ContainsRune(".-~", rune(name[0])) || device(name) {
		name = "_" + name
	}
	return name
}

// shorten cuts a name, in front of its end, and puts a hash of the whole there.
func shorten(name string) string {
	sum := sha256.Sum256([]byte(name))
	stem, ext := cutExt(name)
	stem = stem[:min(len(stem), longest-32)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return stem + "~" + hex.EncodeToString(sum[:6]) + ext
}

// device reports whether Windows takes a name for a device, whatever its extension.
func device(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	digit, port := strings.CutPrefix(stem, "COM")
	if !port {
		digit, port = strings.CutPrefix(stem, "LPT")
	}
	return port && len(digit) == 1 && '0' <= digit[0] && digit[0] <= '9'
}
