package terminal

// A JSONWriter writes JSON for people: a value a line, indented by two. Texts and numbers stay as
// they are written, but for what could steer a terminal.
type JSONWriter struct {
	Colour bool

	depth   int
	objects []bool // of the containers around: is it an object?
	key     bool   // the next string is one
	begun   bool   // something was written before
}

// The parts of JSON, in the colours of a terminal's own palette.
const (
	paintKey    = "\x1b[1;34m"
	paintText   = "\x1b[32m"
	paintWord   = "\x1b[33m" // true, false, null
	paintMark   = "\x1b[1m"
	paintNormal = "\x1b[m"
)

// Append appends src, which must be valid JSON: one value or several.
func (j JSONWriter) Append(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		n := 1
		switch c := src[i]; c {
		case ' ', '\t', '\r', '\n', ':': // a colon is written with its key
		case '{', '[':
			dst, n = j.open(dst, src[i:])
		case '}', ']':
			dst = j.close(dst, c)
		case ',':
			dst = j.indent(j.paint(dst, paintMark, ","))
			j.key = j.inObject()
		default:
			dst, n = j.scalar(dst, src[i:])
		}
		i += n
	}
	if j.begun {
		dst = append(dst, '\n')
	}
	return dst
}

func (j *JSONWriter) inObject() bool { return j.depth > 0 && j.objects[j.depth-1] }

// begin begins a line for a value that stands for itself.
func (j *JSONWriter) begin(dst []byte) []byte {
	if j.depth == 0 && j.begun {
		dst = append(dst, '\n')
	}
	j.begun = true
	return dst
}

// open begins an object or a list, or writes an empty one. It returns how much of src that is.
func (j *JSONWriter) open(dst, src []byte) ([]byte, int) {
	dst = j.begin(dst)
	end := 1
	for end < len(src) && (src[end] == ' ' || src[end] == '\t' || src[end] == '\r' || src[end] == '\n') {
		end++
	}
	if end < len(src) && src[end] == src[0]+2 { // } and ] are two behind { and [
		return j.paint(dst, paintMark, string(src[0])+string(src[end])), end + 1
	}
	dst = j.paint(dst, paintMark, string(src[0]))
	j.objects = append(j.objects[:j.depth], src[0] == '{')
	j.depth++
	j.key = src[0] == '{'
	return j.indent(dst), 1
}

func (j *JSONWriter) close(dst []byte, c byte) []byte {
	j.depth--
	j.key = false
	return j.paint(j.indent(dst), paintMark, string(c))
}

func (j *JSONWriter) indent(dst []byte) []byte {
	dst = append(dst, '\n')
	for range j.depth {
		dst = append(dst, ' ', ' ')
	}
	return dst
}

// scalar writes a string, a number or a word, and returns how much of src it is.
func (j *JSONWriter) scalar(dst, src []byte) ([]byte, int) {
	dst = j.begin(dst)
	if src[0] == '"' {
		n := stringEnd(src)
		text := string(appendHarmless(nil, string(src[:n]), func(rune) bool { return false }))
		if !j.key {
			return j.paint(dst, paintText, text), n
		}
		j.key = false
		return append(j.paint(j.paint(dst, paintKey, text), paintMark, ":"), ' '), n
	}
	n := 0
	for n < len(src) && (src[n] == '-' || src[n] == '+' || src[n] == '.' || '0' <= src[n] && src[n] <= '9' ||
		'a' <= src[n] && src[n] <= 'z' || src[n] == 'E') {
		n++
	}
	n = max(n, 1)
	if c := src[0]; c == 't' || c == 'f' || c == 'n' {
		return j.paint(dst, paintWord, string(src[:n])), n
	}
	return append(dst, src[:n]...), n
}

func (j *JSONWriter) paint(dst []byte, colour, text string) []byte {
	if !j.Colour {
		return append(dst, text...)
	}
	return append(append(append(dst, colour...), text...), paintNormal...)
}

// stringEnd is how long the string is with which src begins.
func stringEnd(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}
