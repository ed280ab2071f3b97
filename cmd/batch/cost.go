package batch

import (
	"fmt"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/internal/terminal"
)

// checkCosts returns --max-cost with the units that it is about. They must be of the api, and those of --cost too.
func (o *options) checkCosts(sender *send.Sender) (map[string]int64, error) {
	const hint = "arl apis show " // and its name
	if _, err := sender.CheckCosts(o.named(), o.Cost); err != nil {
		return nil, cli.Usagef(hint+o.API+" shows its units", "--cost: %v", err)
	}
	limits, err := sender.CheckCosts(o.named(), o.MaxCost)
	if err != nil {
		return nil, cli.Usagef(hint+o.API+" shows its units", "--max-cost: %v", err)
	}
	if _, unnamed := limits[""]; unnamed {
		return nil, cli.Usagef("write UNIT=N, such as tokens=2e6", "--max-cost must name a unit when the records are for several APIs")
	}
	return limits, nil
}

// costText says what was taken of each unit, and how much may be.
func costText(costs []batch.TotalCost, limits map[string]int64) string {
	var parts []string
	for _, c := range costs {
		text := terminal.Count(c.Actual)
		if limit, ok := limits[c.Unit]; ok {
			text += " of " + terminal.Count(limit)
		}
		parts = append(parts, text+" "+c.Unit)
	}
	return strings.Join(parts, ", ")
}

// estimatedText says what costs were thought to be.
func estimatedText(costs []batch.TotalCost) string {
	var parts []string
	for _, c := range costs {
		text := terminal.Count(c.Estimated)
		if c.Unmeasured > 0 {
			text += fmt.Sprintf(", which stands for what %s did not say", terminal.Quantity(c.Unmeasured, "response"))
		}
		parts = append(parts, text)
	}
	return " (estimated " + strings.Join(parts, "; ") + ")"
}
