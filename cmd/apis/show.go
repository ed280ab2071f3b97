package apis

import (
	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/rates"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// learnedLine is what is known of one key of an api, and where from: the profile (default), throttles and
// accepted responses (learned), or what the server's headers said (header).
type learnedLine struct {
	Key     string  `json:"key"`
	From    string  `json:"from"`
	Rate    float64 `json:"rate"`
	Ceiling float64 `json:"ceiling,omitempty"`
	Limit   string  `json:"limit"`

	words string
}

func learnedLines(p *config.Profile, known map[string]limiter.Learned) []learnedLine {
	lines := []learnedLine{}
	for _, key := range rates.MatchingKeys(known, p.Name) {
		if l := known[key]; l.Rate > 0 {
			lines = append(lines, learnedLine{
				key, l.Source.String(), rates.Digits(l.Rate), rates.Digits(l.Ceiling), estimate.LimitOf(&l).String(),
				terminal.PerSecond(l.Rate) + ", " + estimate.Phrase(&l),
			})
		}
	}
	return lines
}

// showAPI writes a profile's values, each with where it was written, and what was learned.
func showAPI(e *cli.Env, p *config.Profile, known map[string]limiter.Learned, asJSON bool) error {
	values, learned := p.Values(), learnedLines(p, known)
	if asJSON {
		out := make(map[string]any, len(values))
		for _, v := range values {
			out[v.Path] = map[string]any{"value": v.Text, "from": v.Place.String()}
		}
		return cli.WriteJSON(e, map[string]any{"name": p.Name, "values": out, "rates": learned})
	}
	t := &terminal.Table{Head: []string{p.Name, "FROM", ""}, Width: e.Width()}
	for _, v := range values {
		t.Row(v.Path, v.Place.String(), terminal.Plain(v.Text))
	}
	for _, l := range learned {
		t.Row("rate of "+terminal.Plain(l.Key), l.From, l.words)
	}
	t.Row("credential", "", credentialState(e, p))
	return t.Write(e.Out, terminal.NewStyle(e.Out, false))
}
