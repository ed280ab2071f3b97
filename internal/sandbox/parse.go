package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseLimit reads a limit as people write it: "20/s", "600/1m", "100/10s",
// with a kind before a colon where it is not a bucket: "rolling:100/10s",
// "daily:5000", "concurrency:8". The period is a Go duration, its leading 1
// optional.
//
// Behind an @ it says which requests it holds for: methods, a path as in
// [Limit], or both, as in "10/m@POST,PUT", "30/m@/search", "20/s@!/search",
// "80/m@POST/issues". A segment in braces has a counter for each of its
// values: "5/s@/{base}". Other options (burst, lock-out) are set on the result.
func ParseLimit(text string) (Limit, error) {
	what, where, scoped := strings.Cut(text, "@")
	kind, amount, named := strings.Cut(what, ":")
	if !named {
		kind, amount = string(Bucket), what
	}
	l := Limit{Kind: Kind(kind)}
	if !l.known() || kind == "" {
		return Limit{}, fmt.Errorf("limit %q: kind %q: want one of %v", text, kind, Kinds())
	}
	err := l.parseAmount(amount)
	if err == nil && scoped {
		err = l.parseScope(where)
	}
	if err == nil {
		err = l.validate()
	}
	if err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", text, err)
	}
	return l, nil
}

func (l *Limit) parseAmount(text string) error {
	count, period, found := strings.Cut(text, "/")
	switch {
	case l.Kind == Concurrency && found:
		return fmt.Errorf("want a number alone, such as concurrency:8")
	case l.Kind != Concurrency && l.Kind != Daily && !found:
		return fmt.Errorf("want NUMBER/PERIOD, such as 20/s or 600/1m")
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("%q is not a whole number of requests (half a request per second is 1/2s)", count)
	}
	l.N = n
	if l.Kind == Daily {
		l.Per = day
	}
	if !found {
		return nil
	}
	l.Per, err = parsePeriod(period)
	return err
}

func parsePeriod(text string) (time.Duration, error) {
	full := text
	if text != "" && text[0] >= 'a' && text[0] <= 'z' {
		full = "1" + text
	}
	d, err := time.ParseDuration(full)
	if err != nil {
		return 0, fmt.Errorf("%q is not a period: want s, 10s, 1m, 1h or the like", text)
	}
	return d, nil
}

// parseScope reads "[METHOD,...][!][/path]".
func (l *Limit) parseScope(text string) error {
	methods, path := text, ""
	if i := strings.IndexAny(text, "!/"); i >= 0 {
		methods, path = text[:i], text[i:]
	}
	if methods != "" {
		l.Methods = strings.Split(strings.ToUpper(methods), ",")
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
			continue
		}
		if l.Each != 0 {
			return fmt.Errorf("path %q: want braces around one segment at most", path)
		}
		segments[i], l.Each = "*", i
	}
	l.Path = strings.Join(segments, "/")
	if text == "" || l.Each != 0 && path[0] == '!' {
		return fmt.Errorf("%q behind the @: want methods, a path or both, such as POST/items", text)
	}
	return nil
}
