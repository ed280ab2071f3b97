package rawjson

import "iter"

// Members goes through an object that is known to be valid: names, quoted, and values, as they stand.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		s := Scan(object)
		for {
			if name, value, ok := s.Member(); !ok || !yield(name, value) {
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
		s := Scan(value)
		for {
			if element, ok := s.Element(); !ok || !yield(element) {
				return
			}
		}
	}
}
