package redact

import (
	"strings"
	"unicode"
)

// redactParameters hides the values of secret parameters in a URL typed by the user, which no profile knows as a
// credential. Page tokens are not secret.
func redactParameters(s string) string {
	at := 0
	var b strings.Builder
	for i := strings.IndexByte(s, '='); i >= 0; {
		start := strings.LastIndexAny(s[at:i], "?&") + 1 + at
		end := i + 1
		if start > at && IsSecretParameter(s[start:i]) {
			if n := strings.IndexAny(s[end:], "&# \"'\\<>\t\r\n"); n >= 0 {
				end += n
			} else {
				end = len(s)
			}
			if end < len(s) && s[end] == ' ' && s[end-1] == ':' {
				end-- // the colon after the URL in an error message
			}
			if end > i+1 {
				b.WriteString(s[at:i+1] + Hidden)
				at = end
			}
		}
		next := strings.IndexByte(s[end:], '=')
		if next < 0 {
			break
		}
		i = end + next
	}
	if at == 0 {
		return s
	}
	return b.String() + s[at:]
}

// IsSecretParameter reports whether a query parameter of this name carries a credential.
func IsSecretParameter(name string) bool {
	letters := func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}
	switch strings.Map(letters, name) {
	case "accesstoken", "apikey", "apitoken", "authtoken", "authorization", "clientsecret", "password", "passwd",
		"refreshtoken", "secret", "secretkey", "sig", "signature", "token", "xamzsecuritytoken", "xamzsignature",
		"xgoogsignature":
		return true
	}
	return false
}
