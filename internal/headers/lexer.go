package headers

import "strings"

// A token is a word of a name, and where it is.
type token struct {
	word
	at, end int32
}

// A lexer takes a name, or what follows its subject, apart.
type lexer struct {
	text    string
	subject bool // it follows one
	n       int
	tokens  [10]token
}

const (
	longestName = 200 // bytes of a name that is read
	longestWord = 40  // bytes of a word that is looked into
)

// split cuts the text at its dashes, and words that are written as one: Userremaining, Retryafter.
func (l *lexer) split() {
	for at := 0; at <= len(l.text); {
		end := strings.IndexByte(l.text[at:], '-')
		if end < 0 {
			end = len(l.text) - at
		}
		if end > 0 && !l.cut(at, at+end) {
			l.add(word{}, at, at+end)
		}
		at += end + 1
	}
}

// cut takes in a known word, or one made of two where the second names a part or both are known.
func (l *lexer) cut(at, end int) bool {
	if w := vocabulary(l.text[at:end]); w.meaning != nothing {
		l.add(w, at, end)
		return true
	}
	for i := at + 2; i <= end-2 && end-at <= longestWord; i++ {
		tail := vocabulary(l.text[i:end])
		if tail.meaning == nothing {
			continue
		}
		if !l.cut(at, i) {
			if !tail.isPart() {
				continue
			}
			l.add(word{}, at, i)
		}
		l.add(tail, i, end)
		return true
	}
	return false
}

func (l *lexer) add(w word, at, end int) {
	if l.n < len(l.tokens) {
		l.tokens[l.n] = token{w, int32(at), int32(end)}
		l.n++
	}
}

// name finds the part, what belongs to it, and what is left to tell of which limit it is.
func (l *lexer) name(n *name) {
	first, last, ok := l.wait()
	n.part = waitPart
	if !ok {
		if first, ok = l.strongest(); !ok {
			l.bare(n)
			return
		}
		n.part, last = l.tokens[first].meaning, first
	}
	for last+1 < l.n && l.belongs(n, last+1) {
		last++
	}
	for first > 0 && l.belongs(n, first-1) {
		first--
	}
	if end := &l.tokens[l.n-1]; l.n-1 > last && end.meaning == unitWord { // Reset-Requests-Ms
		n.unit = end.span
		l.n--
	}
	if n.part == waitPart && last+1 < l.n && l.tokens[last+1].meaning == nothing {
		n.part = nothing // Retry-After-Reason
		return
	}
	l.which(n, first, last)
}

// wait finds Retry and the word beside it that makes it a wait.
func (l *lexer) wait() (first, last int, ok bool) {
	for i := range l.tokens[:l.n] {
		switch {
		case l.tokens[i].meaning != retryWord:
		case i+1 < l.n && l.tokens[i+1].isHint():
			return i, i + 1, true
		case i > 0 && l.tokens[i-1].isHint():
			return i - 1, i, true
		}
	}
	return 0, 0, false
}

// strongest finds the token that names the part. Of two that are alike the last does: the limit of a
// quota, the window of a limit.
func (l *lexer) strongest() (at int, ok bool) {
	for i := range l.tokens[:l.n] {
		t := &l.tokens[i]
		if t.meaning == retryWord {
			return 0, false // it counts retries
		}
		if t.isPart() && (!ok || t.strength() >= l.tokens[at].strength()) {
			at, ok = i, true
		}
	}
	return at, ok
}

// strength orders the parts that one name may have: what a limit has left says more than that it is one.
func (w word) strength() int {
	switch w.meaning {
	case scopePart, policyPart:
		return 0
	case limitPart, windowPart:
		return 1
	}
	return int(w.meaning)
}

// belongs takes in a token beside the part that tells its unit, or how it is meant, or that it is a limit's.
func (l *lexer) belongs(n *name, i int) bool {
	t := &l.tokens[i]
	switch {
	case t.meaning == limitPart && strings.EqualFold(l.text[t.at:t.end], "limit"), t.meaning == windowPart && n.part == limitPart:
		return true
	case n.part != windowPart && n.part < resetPart:
		return false
	case t.meaning == unitWord, t.meaning == windowWord && n.part == waitPart:
		if n.unit != 0 {
			return false
		}
		n.unit = t.span
		return true
	case n.part == windowPart || !t.isHint():
		return false
	case n.part == resetPart && t.meaning == afterWord:
		n.part = resetAfterPart
	}
	return true
}

// bare reads a name without a part: a limit by its window alone is how large it is, as HubSpot's Daily; a
// delay is a wait.
func (l *lexer) bare(n *name) {
	n.part, n.which = nothing, l.text
	odd := false
	for i := range l.tokens[:l.n] {
		switch t := &l.tokens[i]; {
		case t.meaning == windowWord:
			n.part, n.window = limitPart, t.span
		case t.meaning == unitWord:
			n.unit = t.span
		case t.meaning == afterWord && (l.subject || i > 0 && l.tokens[i-1].meaning == subjectWord):
			n.part = waitPart
		case t.meaning != subjectWord:
			odd = true
		}
	}
	if odd {
		n.part = nothing
	}
}

// which takes in the words that tell which limit it is.
func (l *lexer) which(n *name, first, last int) {
	for i := range l.tokens[:l.n] {
		t := &l.tokens[i]
		if i >= first && i <= last {
			continue
		}
		switch t.meaning {
		case windowWord:
			n.window = t.span
		case concurrencyWord:
			n.concurrency = true
		case limitPart, clientWord, requestWord, subjectWord:
		default:
			n.foreign = true
		}
	}
	before, after := "", ""
	if first > 0 {
		before = l.text[:l.tokens[first-1].end]
	}
	if last+1 < l.n {
		after = l.text[l.tokens[last+1].at:l.tokens[l.n-1].end]
	}
	switch {
	case after == "":
		n.which = before
	case before == "":
		n.which = after
	default:
		n.which = before + "-" + after
	}
}

// limits reports whether a word besides the part says that the name is one of a limit.
func (l *lexer) limits() bool {
	at, _ := l.strongest()
	for i := range l.tokens[:l.n] {
		switch l.tokens[i].meaning {
		case limitPart, requestWord, subjectWord, windowWord:
			if i != at {
				return true
			}
		}
	}
	return false
}
