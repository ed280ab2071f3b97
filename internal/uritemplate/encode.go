package uritemplate

import "strings"

// appendEncoded appends text with everything percent-encoded that is not unreserved. If reserved is set, reserved
// characters and escapes stay as well.
func appendEncoded(dst []byte, text string, reserved bool) []byte {
	for i := range len(text) {
		c := text[i]
		if isUnreserved(c) || reserved && (isReserved(c) || c == '%' && isEscape(text[i:])) {
			dst = append(dst, c)
			continue
		}
		const digits = "0123456789ABCDEF"
		dst = append(dst, '%', digits[c>>4], digits[c&0xf])
	}
	return dst
}

// isUnreserved reports whether a byte is unreserved (RFC 3986, section 2.3).
func isUnreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// isReserved reports whether a byte is reserved (RFC 3986, section 2.2).
func isReserved(c byte) bool { return strings.IndexByte(":/?#[]@!$&'()*+,;=", c) >= 0 }

// isEscape reports whether a text begins with a percent sign and two hexadecimal digits.
func isEscape(text string) bool { return len(text) >= 3 && isHex(text[1]) && isHex(text[2]) }

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
