package explain

import (
	"time"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
)

const (
	// noteworthy is how long a wait must be to be told.
	noteworthy = 2 * time.Second
	// heardLate is by how much the end of a wait may be thought later than it is: the wait is heard of after it was measured.
	heardLate = 200 * time.Millisecond
	// mostBudgets is how many budgets of a key are followed: their names are the server's.
	mostBudgets = 8
)

// A budget is what was last told of one that headers speak of.
type budget struct {
	id    int64
	left  int64
	level int       // how low it was: 0 above a quarter, 1 above a tenth, 2 below
	reset time.Time // zero if unknown
}

// waiting tells that the head of a key's queue has to wait. It may be called again and again.
func (s *Story) waiting(now time.Time, key string, left time.Duration, why pacing.Reason) {
	if left < noteworthy {
		return
	}
	c := s.chapter(key)
	end := now.Add(left)
	if end.Sub(c.waits).Abs() < time.Second {
		return // told already
	}
	if why == pacing.ReasonRate && now.Before(c.waits) {
		return // one slot after the other
	}
	c.waits, c.waiting = end, why != pacing.ReasonRate
	text := estimate.WaitFor(why).Why
	if why == pacing.ReasonBudget || why == pacing.ReasonWindow {
		c.bound = why
	}
	if why == pacing.ReasonBudget && c.spent != "" {
		text = "little or nothing is left of " + c.spent + " until its reset"
	}
	s.repeat(now, c, onWait, "waits %s (%s)", until(now, left), text)
}

// told tells what headers say is left: at first, when there is less than a quarter and a tenth, and when
// there is more again.
func (s *Story) told(now time.Time, c *chapter, b *pacing.Budgets) {
	for i := range b.Len() {
		x := b.At(i)
		if i == 0 {
			c.spent = x.Name
		}
		was := c.budget(x.ID)
		if was == nil {
			continue
		}
		s.compare(now, c, x, was)
		*was = budget{id: x.ID, left: x.Remaining, level: level(x), reset: resetAt(now, x)}
	}
}

// undeclared tells once of a limit that counts what the profile has no unit for.
func (s *Story) undeclared(now time.Time, c *chapter, name string) {
	if name == "" || c.foreign == name {
		return
	}
	c.foreign = name
	s.say(now, c, "%s counts something else than requests, for which the profile has no unit: it is obeyed only while nothing is left", name)
}

func (s *Story) compare(now time.Time, c *chapter, x *pacing.Budget, was *budget) {
	switch {
	case was.id == 0:
		s.say(now, c, "%s says that %s%s", x.Name, left(now, x), s.plan(x))
	case was.level > level(x) && resetAt(now, x).After(was.reset):
		s.repeat(now, c, onBudget, "%s was reset: %s", x.Name, left(now, x))
	case was.level < level(x) && x.Limit >= 100:
		s.repeat(now, c, onBudget, "%s: %s", x.Name, left(now, x))
	}
}

// plan says what a budget means for a run of many requests.
func (s *Story) plan(x *pacing.Budget) string {
	switch {
	case s.Each:
		return ""
	case x.Remaining == 0:
		return "; waits for the reset"
	}
	return "; sends as fast as it may until little is left"
}

// left says how much is left of a budget, and for how long.
func left(now time.Time, x *pacing.Budget) string {
	text := "nothing"
	if x.Remaining > 0 {
		text = terminal.Count(x.Remaining)
	}
	if x.Limit >= x.Remaining && x.Limit > 0 {
		text += " of " + terminal.Count(x.Limit)
	}
	if x.Remaining == 1 || x.Remaining == 0 {
		text += " is left"
	} else {
		text += " are left"
	}
	if x.Reset > 0 {
		text += " for " + until(now, x.Reset)
	}
	return text
}

func level(x *pacing.Budget) int {
	switch {
	case x.Limit <= 0 || x.Remaining > x.Limit/4:
		return 0
	case x.Remaining > x.Limit/10:
		return 1
	}
	return 2
}

func resetAt(now time.Time, x *pacing.Budget) time.Time {
	if x.Reset < 0 {
		return time.Time{}
	}
	return now.Add(x.Reset)
}

// budget returns what was told of one; nil if there are too many.
func (c *chapter) budget(id int64) *budget {
	for i := range c.budgets {
		if c.budgets[i].id == id {
			return &c.budgets[i]
		}
	}
	if len(c.budgets) == mostBudgets {
		return nil
	}
	c.budgets = append(c.budgets, budget{})
	return &c.budgets[len(c.budgets)-1]
}
