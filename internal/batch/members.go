package batch

// EachMember calls f with the name, without its quotes, and the value of each member of a line that arl has written. It
// reports whether the line is one object.
func EachMember(line []byte, f func(name string, value []byte)) bool {
	if len(line) < 2 || line[0] != '{' {
		return false
	}
	s := scanner{data: line, at: 1}
	for {
		name, value, more := s.member()
		if !more {
			return s.at == len(line)
		}
		f(string(name[1:len(name)-1]), value)
	}
}
