package explain

import (
	"maps"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
)

// What the user and his other processes do meanwhile.

// shared tells how many other processes use the keys of this one, where that is news.
func (s *Story) shared(now time.Time, others map[string]int) {
	before := s.others
	s.others = others
	keys := maps.Clone(others)
	if keys == nil {
		keys = map[string]int{}
	}
	maps.Copy(keys, before)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		switch n := others[key]; n {
		case before[key]:
		case 0:
			s.repeat(now, s.chapter(key), onShared, "not shared with other processes any more")
		default:
			s.repeat(now, s.chapter(key), onShared, "shared with %s: the rate is one for all of them", terminal.OtherProcesses(n))
		}
	}
}

// userCap says what `arl rates cap` bounds the rate to.
func userCap(rate float64) string {
	if rate <= 0 {
		return ""
	}
	return "sends at most " + perSecond(rate) + ": that is the cap of `arl rates cap`"
}

// userCapped tells that the user has set or lifted a cap.
func (s *Story) userCapped(now time.Time, c *chapter, v *pacing.Update) {
	most := v.Insight.Cap
	switch {
	case most == c.most:
		return
	case most == 0:
		s.say(now, c, "the cap is lifted: goes on at %s", perSecond(v.Rate))
	case most < v.Rate:
		s.say(now, c, "%s; it keeps the rate of %s that it was at", userCap(most), perSecond(v.Rate))
	default:
		s.say(now, c, "%s", userCap(most))
	}
	c.most = most
}
