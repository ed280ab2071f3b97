package rawjson

import "bytes"

// deepest is how deeply arrays and objects may lie in each other, as for encoding/json.
const deepest = 10_000

// Valid is json.Valid for bytes that are known to be UTF-8, in less than half the time: every
// answer and every record is looked at.
func Valid(data []byte) bool {
	c := checker{data: data}
	return c.value(0) && c.peek() == 0 && c.at == len(c.data)
}

// A checker walks through what may be JSON (RFC 8259). Its methods report whether what they expect
// stands at the checker, and go behind it.
type checker struct {
	data []byte
	at   int
}

// peek returns the next byte that is no white space, or 0.
func (c *checker) peek() byte {
	for ; c.at < len(c.data); c.at++ {
		if b := c.data[c.at]; !isSpace(b) {
			return b
		}
	}
	return 0
}

func (c *checker) value(depth int) bool {
	switch c.peek() {
	case '{':
		return c.list('}', depth+1)
	case '[':
		return c.list(']', depth+1)
	case '"':
		return c.text()
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

// list is an array or an object: values with commas between them, in an object with names.
func (c *checker) list(end byte, depth int) bool {
	c.at++
	if depth > deepest {
		return false
	}
	if c.peek() == end {
		c.at++
		return true
	}
	for (end == ']' || c.name()) && c.value(depth) {
		b := c.peek()
		c.at++
		if b != ',' {
			return b == end
		}
	}
	return false
}

// name is the name of a member, and its colon.
func (c *checker) name() bool {
	if c.peek() != '"' || !c.text() || c.peek() != ':' {
		return false
	}
	c.at++
	return true
}

func (c *checker) word(w string) bool {
	if !bytes.HasPrefix(c.data[c.at:], []byte(w)) {
		return false
	}
	c.at += len(w)
	return true
}

func (c *checker) text() bool {
	for i := c.at + 1; i < len(c.data); i++ {
		switch b := c.data[i]; {
		case b == '"':
			c.at = i + 1
			return true
		case b == '\\':
			n := escapeSize(c.data[i+1:])
			if n == 0 {
				return false
			}
			i += n
		case b < ' ':
			return false
		}
	}
	return false
}

// escapeSize returns how many bytes follow a backslash, 0 if they are not an escape.
func escapeSize(b []byte) int {
	switch {
	case len(b) == 0:
		return 0
	case b[0] != 'u':
		return min(1, bytes.Count([]byte(`"\/bfnrt`), b[:1]))
	case len(b) < 5:
		return 0
	}
	for _, digit := range b[1:5] {
		if !isDigit(digit) && (digit|0x20 < 'a' || 'f' < digit|0x20) {
			return 0
		}
	}
	return 5
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// number is an integer, and perhaps a fraction and an exponent.
func (c *checker) number() bool {
	c.skip("-")
	if !c.skip("0") && !c.digits() {
		return false
	}
	if c.skip(".") && !c.digits() {
		return false
	}
	if !c.skip("eE") {
		return true
	}
	c.skip("+-")
	return c.digits()
}

// skip goes behind the next byte if it is one of these.
func (c *checker) skip(these string) bool {
	for i := range len(these) {
		if c.at < len(c.data) && c.data[c.at] == these[i] {
			c.at++
			return true
		}
	}
	return false
}

func (c *checker) digits() bool {
	from := c.at
	for c.at < len(c.data) && isDigit(c.data[c.at]) {
		c.at++
	}
	return c.at > from
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
