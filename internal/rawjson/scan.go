package rawjson

import "bytes"

// A Scanner goes through the members of an object, or the elements of an array, which need not be valid JSON. It finds
// the ends of values, and never runs beyond the data; what they hold it does not judge.
type Scanner struct {
	data []byte
	at   int
}

// Scan returns a scanner of an object or an array, which begins with its bracket.
func Scan(value []byte) Scanner { return Scanner{data: value, at: 1} }

// Offset is where the scanner is: behind what it returned last.
func (s *Scanner) Offset() int { return s.at }

// Member returns the next name, with its quotes, and its value. There is none at the end of the
// object, behind which the scanner then is, or where something is wrong.
func (s *Scanner) Member() (name, value []byte, ok bool) {
	if s.ends('}') {
		return nil, nil, false
	}
	if name = s.text(); name == nil {
		return nil, nil, false
	}
	if s.space(); s.peek() != ':' {
		return nil, nil, false
	}
	s.at++
	s.space()
	value = s.value()
	return name, value, len(value) > 0
}

// Element returns the next element, in the same way.
func (s *Scanner) Element() (value []byte, ok bool) {
	if s.ends(']') {
		return nil, false
	}
	value = s.value()
	return value, len(value) > 0
}

// ends goes to what follows a comma, or behind the end of the object or array, if it is there.
func (s *Scanner) ends(bracket byte) bool {
	s.space()
	if s.peek() == ',' {
		s.at++
		s.space()
	}
	if s.peek() == bracket {
		s.at++
		return true
	}
	return false
}

// peek returns the byte at the scanner, or 0.
func (s *Scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *Scanner) space() {
	for s.at < len(s.data) && isSpace(s.data[s.at]) {
		s.at++
	}
}

// text returns the string at the scanner, with its quotes, or nil.
func (s *Scanner) text() []byte {
	if s.peek() != '"' {
		return nil
	}
	from := s.at
	for at := from + 1; ; {
		i := bytes.IndexByte(s.data[at:], '"')
		if i < 0 {
			return nil
		}
		at += i + 1
		if !escaped(s.data[from+1 : at-1]) {
			s.at = at
			return s.data[from:at:at]
		}
	}
}

// escaped reports whether what follows text is escaped.
func escaped(text []byte) bool {
	n := len(text)
	for n > 0 && text[n-1] == '\\' {
		n--
	}
	return (len(text)-n)%2 == 1
}

// value returns the value at the scanner, or nothing.
func (s *Scanner) value() []byte {
	switch s.peek() {
	case '"':
		return s.text()
	case '{', '[':
		return s.compound()
	}
	from := s.at
	for s.at < len(s.data) && bytes.IndexByte([]byte(" \t\r\n,:]}\""), s.data[s.at]) < 0 {
		s.at++
	}
	return s.data[from:s.at:s.at]
}

func (s *Scanner) compound() []byte {
	from, depth := s.at, 0
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '"':
			if s.text() == nil {
				return nil
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return s.data[from:s.at:s.at]
		}
	}
	return nil
}
