package jsonpath

import "github.com/arl-cli/arl/internal/rawjson"

// Find returns the value that a path leads to in valid JSON, as it is there; nil if there is none.
func (p Path) Find(value []byte) []byte {
	for _, step := range p {
		if step.Name != nil {
			value = rawjson.Member(value, *step.Name)
		} else {
			value = rawjson.Element(value, step.Index)
		}
	}
	return value
}
