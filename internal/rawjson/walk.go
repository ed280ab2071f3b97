package rawjson

import "iter"

// Members goes through an object that is known to be valid: names, quoted, and values, as they stand.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		c := cursor{data: object, at: 1}
		for c.next() != '}' {
			name := c.value()
			c.next()
			if !yield(name, c.value()) {
				return
			}
		}
	}
}

// Elements goes through the elements of a valid array, or through the one value that is none.
func Elements(value []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if value[0] != '[' {
			yield(value)
			return
		}
		c := cursor{data: value, at: 1}
		for c.next() != ']' {
			if !yield(c.value()) {
				return
			}
		}
	}
}

// A cursor walks through JSON that is known to be valid.
type cursor struct {
	data []byte
	at   int
}

// next goes to the next byte that is neither white space nor between two values, and returns it.
func (c *cursor) next() byte {
	for {
		switch b := c.data[c.at]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
			c.at++
		default:
			return b
		}
	}
}

// value returns the value that begins at the cursor, and goes behind it.
func (c *cursor) value() []byte {
	from, depth := c.at, 0
	for {
		switch c.data[c.at] {
		case '"':
			c.text()
		case '{', '[':
			depth++
			c.at++
		case '}', ']':
			depth--
			c.at++
		default:
			c.at++
		}
		if depth == 0 && c.ended(from) {
			return c.data[from:c.at:c.at]
		}
	}
}

// ended reports whether the value that began at from is complete.
func (c *cursor) ended(from int) bool {
	switch c.data[from] {
	case '"', '{', '[':
		return true
	}
	if c.at == len(c.data) {
		return true
	}
	switch c.data[c.at] {
	case ' ', '\t', '\r', '\n', ',', '}', ']':
		return true
	}
	return false
}

// text goes behind a string.
func (c *cursor) text() {
	for c.at++; ; c.at++ {
		switch c.data[c.at] {
		case '"':
			c.at++
			return
		case '\\':
			c.at++ // what is escaped
		}
	}
}
