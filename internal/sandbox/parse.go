package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseLimit reads a limit as people write it: "20/s", "600/1m", "100/10s",
// with a kind before a colon where it is not a bucket: "rolling:100/10s",
// "concurrency:8". The period is a Go duration, its leading 1 optional.
// Options (burst, lock-out) are set on the result.
func ParseLimit(text string) (Limit, error) {
	kind, amount, named := strings.Cut(text, ":")
	if !named {
		kind, amount = string(Bucket), text
	}
	l := Limit{Kind: Kind(kind)}
	if !l.known() || kind == "" {
		return Limit{}, fmt.Errorf("limit %q: kind %q: want one of %v", text, kind, Kinds())
	}
	if err := l.parseAmount(amount); err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", text, err)
	}
	if err := l.validate(); err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", text, err)
	}
	return l, nil
}

func (l *Limit) parseAmount(text string) error {
	count, period, found := strings.Cut(text, "/")
	switch {
	case l.Kind == Concurrency && found:
		return fmt.Errorf("want a number alone, such as concurrency:8")
	case l.Kind != Concurrency && !found:
		return fmt.Errorf("want NUMBER/PERIOD, such as 20/s or 600/1m")
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("%q is not a whole number of requests (half a request per second is 1/2s)", count)
	}
	l.N = n
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
