package pacing

import "strings"

// Caps are caps by what they were given for: a key, or the beginning of keys, such as an api for all of its buckets.
type Caps map[string]Cap

// Of returns the cap of a key: of those that cover it the one that was set last.
func (c Caps) Of(key string) (latest Cap) {
	for name, one := range c {
		if one.Later(latest) && Covers(name, key) {
			latest = one
		}
	}
	return latest
}

// CoveredBy returns every name that covers a key.
func CoveredBy(key string) (names []string) {
	whole, unit, counts := strings.Cut(key, " ")
	for i := range len(whole) + 1 {
		if i < len(whole) && whole[i] != '/' && whole[i] != '@' {
			continue
		}
		name := whole[:i]
		if counts {
			name += " " + unit
		}
		if Covers(name, key) {
			names = append(names, name)
		}
	}
	return names
}

// Covers reports whether what is said of name holds for key: it is that key, or one of its buckets or credentials that
// counts the same. What buckets pass together, "api/*", has no rate of its own.
func Covers(name, key string) bool {
	of, counts, _ := strings.Cut(name, " ")
	key, unit, _ := strings.Cut(key, " ")
	rest, ok := strings.CutPrefix(key, of)
	if !ok || counts != unit {
		return false
	}
	return rest == "" || rest[0] == '@' || rest[0] == '/' && rest != "/*" && !strings.HasPrefix(rest, "/*@")
}
