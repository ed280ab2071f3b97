package gauntlet

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// table writes the rows as Markdown.
func table(all []*measured) string {
	var b strings.Builder
	b.WriteString("| server | arl, cold | refused | 90 % after | longest gap | arl, warm | refused | a week-old memory of twice the limit | seed law | AWS SDK |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range all {
		m.line(&b)
	}
	summary(&b, all)
	for _, m := range all {
		if m.Exempt != "" {
			fmt.Fprintf(&b, "\n%s: %s", m.Name, m.Exempt)
		}
	}
	return b.String()
}

func (m *measured) line(b *strings.Builder) {
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s |", m.Name, percent(m.cold()), m.Cold.refusals(), span(m.Cold.reached(&m.row, 0, 0.9)), span(m.Cold.longest()))
	if m.Warm == nil {
		b.WriteString(" | | | | |\n")
		return
	}
	warm := percent(m.warm())
	if !m.steady() {
		warm = "–"
	}
	fmt.Fprintf(b, " %s | %s | %s | %s | %s |\n", warm, m.Warm.refusals(), m.stale(), m.peer(m.Seed), m.peer(m.AWS))
}

func (m *measured) stale() string {
	if m.Stale == nil {
		return "–"
	}
	return fmt.Sprintf("%s, %d refused", percent(m.efficiency(m.Stale.Accepted, staleFor)*2), m.Stale.Refused)
}

func (m *measured) peer(r *result) string {
	return fmt.Sprintf("%s / %s", percent(m.efficiency(r.Accepted, m.Duration)), percent2(r.share()))
}

func (r *result) refusals() string { return fmt.Sprintf("%d, %s", r.Refused, percent2(r.share())) }

func summary(b *strings.Builder, all []*measured) {
	cold := meanOf(all, func(m *measured) *result { return m.Cold })
	fmt.Fprintf(b, "| **mean** | **%s** | **%s** |", percent(cold.Efficiency), percent2(cold.Refused))
	if all[0].Warm == nil {
		b.WriteString(" | | | | | | |\n")
		return
	}
	seed := meanOf(all, func(m *measured) *result { return m.Seed })
	aws := meanOf(all, func(m *measured) *result { return m.AWS })
	fmt.Fprintf(b, " | | | | | %s / %s | %s / %s |\n", percent(seed.Efficiency), percent2(seed.Refused), percent(aws.Efficiency), percent2(aws.Refused))
}

func percent(part float64) string  { return fmt.Sprintf("%.1f %%", 100*part) }
func percent2(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }

func span(d time.Duration) string {
	if d < 0 {
		return "never"
	}
	return d.Truncate(time.Second).String()
}

// insert puts text between two marks of a file.
func insert(path, name, text string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+":begin -->", "<!-- "+name+":end -->"
	before, rest, ok := bytes.Cut(b, []byte(begin))
	_, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no %s and %s", path, begin, end)
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%s%s\n%s\n%s%s", before, begin, text, end, after), 0o644)
}
