// Package failures summarizes the failed and unknown records of a batch: it groups them by cause, with the number of
// records and the first of each group. It is pure.
package failures

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/terminal"
)

// A Tally counts records that went wrong. The zero value counts none. It is not safe for concurrent use.
type Tally struct {
	// Inputs is how many inputs there are: with several a line alone would not lead to a record.
	Inputs int

	failed, unknown map[string]*group
}

// A group is records with the same status, or without one the same kind of error.
type group struct {
	name    string
	count   int64
	where   string // the first
	message string
}

// Add counts a record, if it went wrong.
func (t *Tally) Add(d *batch.Done) {
	switch d.Outcome {
	case batch.Failed:
		t.failed = t.add(t.failed, d)
	case batch.Unknown:
		t.unknown = t.add(t.unknown, d)
	}
}

func (t *Tally) add(groups map[string]*group, d *batch.Done) map[string]*group {
	if groups == nil {
		groups = map[string]*group{}
	}
	name := nameOf(d)
	g := groups[name]
	if g == nil {
		g = &group{name: name, where: t.where(d), message: message(d)}
		groups[name] = g
	}
	g.count++
	return groups
}

// nameOf returns what a record has in common with others.
func nameOf(d *batch.Done) string {
	switch {
	case d.Status >= 400:
		return strconv.Itoa(d.Status)
	case d.Err != nil:
		return string(d.Err.Kind)
	}
	return "other"
}

func (t *Tally) where(d *batch.Done) string {
	if t.Inputs > 1 {
		return d.Input + ":" + strconv.Itoa(d.Line)
	}
	return "line " + strconv.Itoa(d.Line)
}

// Failed says which records failed: `422 x5 (first: line 17, "plan is invalid")`; nothing if none did.
func (t *Tally) Failed() string { return words(t.failed) }

// Unknown is Failed for records of which nobody knows what became of them.
func (t *Tally) Unknown() string { return words(t.unknown) }

// shown is how many groups are named.
const shown = 4

func words(groups map[string]*group) string {
	sorted := slices.SortedFunc(maps.Values(groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name))
	})
	var parts []string
	for i, g := range sorted {
		if i == shown {
			parts = append(parts, "and other errors")
			break
		}
		parts = append(parts, g.String())
	}
	return strings.Join(parts, ", ")
}

// String writes the group as Failed does.
func (g *group) String() string {
	if g.message == "" {
		return fmt.Sprintf("%s x%s (first: %s)", g.name, terminal.Count(g.count), g.where)
	}
	return fmt.Sprintf(`%s x%s (first: %s, "%s")`, g.name, terminal.Count(g.count), g.where, g.message)
}

// longest is how much of a message is shown, in characters.
const longest = 100

// message returns what the server said, if it can be found, else what arl did.
func message(d *batch.Done) string {
	text := spoken(rawjson.Member(d.Result, "json"))
	if text == "" {
		text = plain(rawjson.Member(d.Result, "body"))
	}
	if text == "" && d.Err != nil {
		text = d.Err.Message
	}
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), `"`, "'") // it will be in quotes
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest-3]) + "..."
	}
	return text
}

// spoken finds the message of an error in JSON, where most servers put it: RFC 9457 and what is older.
func spoken(body []byte) string {
	for _, path := range [...][]string{
		{"message"}, {"error", "message"}, {"error_description"}, {"detail"}, {"error"}, {"errors"}, {"title"}, {"msg"}, {"reason"},
	} {
		value := body
		for _, name := range path {
			value = rawjson.Member(value, name)
		}
		if first := rawjson.Element(value, 0); first != nil {
			value = first
		}
		if text := text(value); text != "" {
			return text
		}
		if text := spokenIn(value, path); text != "" {
			return text
		}
	}
	return ""
}

// spokenIn finds the message of the first of several errors.
func spokenIn(value []byte, path []string) string {
	if path[0] != "errors" || len(value) == 0 || value[0] != '{' {
		return ""
	}
	return spoken(value)
}

// text returns a string, and nothing of anything else.
func text(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	text, err := rawjson.Text(value)
	if err != nil {
		return ""
	}
	return text
}

// plain returns the body of a response that is a short text, and not a page.
func plain(body []byte) string {
	said := text(body)
	if len(said) > 4*longest || strings.HasPrefix(strings.TrimSpace(said), "<") {
		return ""
	}
	return said
}
