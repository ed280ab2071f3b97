package headers

import (
	"strings"
	"time"
)

// count reads a whole number, the first of a list such as "100, 100;w=60". What is too large to
// calculate with is cut; what is not a number is unknown.
func count(value string) int64 {
	value = strings.TrimLeft(value, blank)
	digits, negative := strings.CutPrefix(value, "-")
	n, i := int64(0), 0
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		n = min(n*10+int64(digits[i]-'0'), 1e15)
	}
	switch {
	case i == 0, i < len(digits) && strings.IndexByte(".,; \t(/\"'", digits[i]) < 0:
		return unknown
	case negative:
		return -n
	}
	return n
}

// least reads the lowest number of a list.
func least(line string) int64 {
	n := count(line)
	for i := strings.IndexByte(line, ','); i >= 0; i = strings.IndexByte(line, ',') {
		line = line[i+1:]
		n = lower(n, count(line))
	}
	return n
}

// per reads the window of a limit that is written with it: 100/minute, 5000 per hour, 100;w=60, 10/1s. It is
// 0 if there is none.
func per(value string) time.Duration {
	value = strings.TrimLeft(strings.Trim(value, blank), "0123456789. ")
	for _, prefix := range [...]string{"/", "per ", "requests per ", "requests/"} {
		if rest, ok := strings.CutPrefix(value, prefix); ok {
			rest = strings.TrimSpace(rest)
			if rest == "" {
				return 0
			}
			if w, ok := parseSpan(rest); ok {
				return w.Duration
			}
			return unitNamed(rest)
		}
	}
	return 0
}

// windowNamed reads a window that is a word, such as minute.
func windowNamed(value string) time.Duration {
	if w := vocabulary(strings.Trim(value, blank)); w.meaning == windowWord {
		return w.span
	}
	return 0
}
