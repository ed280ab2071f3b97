package config

import (
	"cmp"
	"slices"

	"github.com/arl-cli/arl/internal/spelling"
)

// nearest returns up to three names similar to name, the most similar first.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	for _, n := range names {
		if d := spelling.Distance(name, n); d <= max(1, min(len(name), len(n))/3) {
			found = append(found, candidate{n, d})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range found[:min(len(found), 3)] {
		out = append(out, c.name)
	}
	return out
}
