package headers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/structfield"
)

// A Unit is what a limit counts besides requests, such as tokens.
type Unit struct {
	Name         string      // found in the names of headers and policies
	Headers      UnitHeaders // where names do not tell
	ThrottleWhen []Rule      // throttles of this unit's limit, of those that are throttles
}

// UnitHeaders are the names of a unit's headers. An empty one is looked for by the unit's name.
type UnitHeaders struct{ Limit, Remaining, Reset string }

// UnitBudgets are what is left of each unit's limits.
type UnitBudgets []pacing.Budgets

// any reports whether one is named.
func (u *UnitHeaders) any() bool { return u.Limit != "" || u.Remaining != "" || u.Reset != "" }

// unitOf returns which of the units the limit is of; -1 for none.
func (x *limit) unitOf(units []Unit) int {
	return slices.IndexFunc(units, func(u Unit) bool {
		return sameUnit(x.which, u.Name) || sameUnit(x.quota, u.Name) || x.key != "" && strings.EqualFold(x.key, u.Headers.Remaining)
	})
}

// sameUnit compares the name of a unit with what a header calls it: Input-Tokens is input_tokens.
func sameUnit(which, unit string) bool {
	if which == "" || len(which) != len(unit) {
		return false
	}
	for i := range len(which) {
		if a, b := folded(which[i]), folded(unit[i]); a != b {
			return false
		}
	}
	return true
}

// folded is a letter in lower case, and one sign for all that separate words.
func folded(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c | 0x20
	case c == '_', c == '.':
		return '-'
	}
	return c
}

// quotaUnit is what a policy counts.
func quotaUnit(unit any) string {
	switch v := unit.(type) {
	case string:
		return v
	case structfield.Token:
		return string(v)
	}
	return ""
}

// readUnits finds out what is left of each unit, and whose limit a throttle was.
func (r *Rules) readUnits(s *Signal, status int, h http.Header, body []byte, f *Fields) {
	budgets := make(UnitBudgets, len(r.Units))
	for i := range r.Units {
		f.unitBudgets(&r.Units[i], r.Units, i, &budgets[i])
	}
	s.Units = &budgets
	if s.Kind == pacing.Throttled {
		s.Unit = r.throttledUnit(status, h, body)
	}
}

// unitBudgets adds what is left of the limits of one unit.
func (f *Fields) unitBudgets(u *Unit, units []Unit, at int, to *pacing.Budgets) {
	if u.Headers.any() {
		if x := f.named(&u.Headers); x != nil {
			to.Add(x.whole())
			return
		}
	}
	for i := range f.limits[:f.n] {
		x := &f.limits[i]
		if x.unitOf(units) == at && x.budget.Remaining >= 0 {
			to.Add(x.whole())
		}
	}
}

// undeclared names the first limit that counts something else than requests, and none of the units; empty if there is
// none.
func (f *Fields) undeclared(units []Unit) string {
	for i := range f.limits[:f.n] {
		if x := &f.limits[i]; x.foreign && x.budget.Remaining >= 0 && x.unitOf(units) < 0 {
			return x.title()
		}
	}
	return ""
}

// whole is the budget with its name.
func (x *limit) whole() pacing.Budget {
	b := x.budget
	b.ID, b.Name = x.id(), x.title()
	return b
}

// named reads a limit from headers whose names a profile gives; nil if nothing remains to be known of it.
func (f *Fields) named(u *UnitHeaders) *limit {
	x := &limit{
		family: u.Remaining, which: "unit", max: unknown, remaining: unknown, used: unknown,
		budget: pacing.Budget{Remaining: -1, Reset: -1},
	}
	for _, part := range [...]struct {
		name string
		is   meaning
	}{{u.Limit, limitPart}, {u.Remaining, remainingPart}, {u.Reset, resetPart}} {
		if lines := f.clock.header.Values(part.name); part.name != "" && len(lines) > 0 {
			x.take(&f.clock, part.is, part.name, lines, (&name{}).unitOf(part.name))
		}
	}
	x.settle()
	if x.budget.Remaining < 0 {
		return nil
	}
	return x
}

// throttledUnit returns whose limit a throttle was: as a rule says, RateLimit-Reason, or the names in the body.
func (r *Rules) throttledUnit(status int, h http.Header, body []byte) int {
	for i := range r.Units {
		if matching(r.Units[i].ThrottleWhen, status, h, body) >= 0 {
			return i + 1
		}
	}
	for _, said := range [...]string{h.Get("RateLimit-Reason"), string(body)} {
		if i := r.mentioned(said); i != 0 {
			return i
		}
	}
	return 0
}

// mentioned returns the only unit that a text speaks of, or -1 for requests; 0 if it speaks of none or of several.
func (r *Rules) mentioned(text string) int {
	found, text := 0, strings.ToLower(text)
	for i := range r.Units {
		if strings.Contains(text, r.Units[i].Name) {
			if found != 0 {
				return 0
			}
			found = i + 1
		}
	}
	if strings.Contains(text, "requests per") {
		if found != 0 {
			return 0
		}
		return -1
	}
	return found
}

// unitsNeedBody reports whether it is in a throttle's body whose limit it was.
func (r *Rules) unitsNeedBody(status int, needs func(Rule) bool) bool {
	return r.throttles(status) || slices.ContainsFunc(r.Units, func(u Unit) bool {
		return slices.ContainsFunc(u.ThrottleWhen, func(rule Rule) bool { return rule.Status != 0 && needs(rule) })
	})
}
