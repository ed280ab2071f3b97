package columns

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A column is what of an object is in a row: the way there through objects and arrays.
type column struct {
	name string // as it was written
	path []step
}

// A step leads to a member, or to an element.
type step struct {
	member  string
	element int
	isIndex bool
}

// parseColumns reads names with commas between them: id, error.kind, .json.items[0].name.
func parseColumns(text string) (columns []column, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		path, err := parsePath(strings.TrimPrefix(name, "."))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		columns = append(columns, column{name, path})
	}
	return columns, nil
}

func parsePath(text string) (path []step, err error) {
	for part := range strings.SplitSeq(text, ".") {
		member, indices, indexed := strings.Cut(part, "[")
		if member == "" || strings.ContainsAny(member, `|()"{}]`) {
			return nil, errors.New("not a path such as .json.name or .json.items[0]; --jq takes expressions")
		}
		path = append(path, step{member: member})
		if !indexed {
			continue
		}
		for index := range strings.SplitSeq(indices, "[") {
			digits, ok := strings.CutSuffix(index, "]")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil {
				return nil, errors.New("an element is written as [0], or [-1] for the last")
			}
			path = append(path, step{element: n, isIndex: true})
		}
	}
	return path, nil
}

// in returns the value of a column in valid JSON; nil if there is none.
func (c *column) in(object []byte) []byte {
	value := object
	for _, s := range c.path {
		if s.isIndex {
			value = rawjson.Element(value, s.element)
		} else {
			value = rawjson.Member(value, s.member)
		}
		if value == nil {
			return nil
		}
	}
	return value
}
