package explain

import (
	"fmt"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
)

// believe tells which kind of limiter arl takes the server's for, and why, where that is new.
func (s *Story) believe(now time.Time, c *chapter, in *pacing.Diagnostics) {
	if in.Kind == pacing.LimitUnknown || in.Kind == pacing.LimitConcurrency || in.Kind == c.kind {
		return
	}
	c.kind = in.Kind
	s.repeat(now, c, onKind, "%s", kindOf(in))
}

// kindOf puts a kind into words, with the evidence for it.
func kindOf(in *pacing.Diagnostics) string {
	switch in.Kind {
	case pacing.LimitRefilling:
		return fmt.Sprintf("what remains rises between resets, by about %s: a bucket or a sliding window, so requests are spread evenly", perSecond(in.Refill))
	case pacing.LimitBucket:
		return fmt.Sprintf("a token bucket that holds about %.0f explains the throttles best%s", in.Burst, likely(in))
	case pacing.LimitSliding:
		return fmt.Sprintf("a sliding window of about %s explains the throttles best%s", terminal.Span(in.WindowLength.Round(100*time.Millisecond)), likely(in))
	}
	if in.Likelihood == 1 {
		return fmt.Sprintf("what remains is whole again every %s: a fixed window, over which requests are spread evenly", terminal.Span(in.WindowLength.Round(100*time.Millisecond)))
	}
	return fmt.Sprintf("a fixed window of about %s explains the throttles best%s", terminal.Span(in.WindowLength.Round(100*time.Millisecond)), likely(in))
}

func likely(in *pacing.Diagnostics) string {
	return fmt.Sprintf(" (%.0f %% likely)", 100*in.Likelihood)
}
