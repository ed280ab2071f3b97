package batch

// EachMember calls f with the name, without its quotes, and the value of each member of a line that arl has written. It
// reports whether the line is one object.
func EachMember(line []byte, f func(name string, value []byte)) bool {
	if len(line) < 2 || line[0] != '{' {
		return false
	}
	s := rawjson.Scan(line)
	for {
		name, value, more := s.Member()
		if !more {
			return s.Offset() == len(line)
		}
		f(string(name[1:len(name)-1]), value)
	}
}
