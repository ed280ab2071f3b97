package pagination

import (
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jsonpath"
)

// A plan is a profile's pagination with its paths read.
type plan struct {
	style             config.PageStyle // empty: to be found out
	send, size        config.PageField
	first             int64
	next, more, items jsonpath.Path // nil if there is none
	itemsName         string
}

func newPlan(p *config.Pagination) (plan, error) {
	if p == nil {
		return plan{}, nil
	}
	l := plan{style: p.Style, send: p.Send, size: p.Size, itemsName: p.Items}
	if p.Style == config.PageNumber {
		l.first = 1
	}
	if p.First != nil {
		l.first = int64(*p.First)
	}
	for _, path := range []struct {
		text string
		to   *jsonpath.Path
	}{{p.Next, &l.next}, {p.More, &l.more}, {p.Items, &l.items}} {
		if path.text == "" {
			continue
		}
		parsed, err := jsonpath.Parse(path.text)
		if err != nil {
			return l, err
		}
		*path.to = append(jsonpath.Path{}, parsed...) // "." is a path too
	}
	return l, nil
}

// truth is what a value says to the question whether there is more.
func truth(value []byte) (yes, said bool) {
	switch string(value) {
	case "":
		return false, false
	case "false", "null", "0", `""`, `"false"`:
		return false, true
	}
	return true, true
}
