package ratesfile

import (
	"os"
	"slices"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/pacing"
)

// The caps are beside the rates, by what they were given for, so that to forget what was learned leaves them as they are:
//
//	caps:
//	  notion: {rate: 5, set: 2026-12-01T04:00:00Z}
//
// One without a rate is a cap that was lifted: it stays for a while, because a store that hosts share may remember it.

// mostCaps is how many caps there may be, those that were lifted included.
const mostCaps = 1000

// SetCap keeps a cap for every key that name covers, in the place of those that it covers.
func (f *File) SetCap(name string, c pacing.Cap) error {
	return f.edit(true, func(d *document) {
		caps := child(d.root, "caps")
		caps.Content = slices.DeleteFunc(pairs(caps), func(p [2]*yaml.Node) bool { return pacing.Covers(name, p[0].Value) }).flat()
		entry := child(caps, name)
		set(entry, "rate", exact(c.Rate))
		set(entry, "set", instant(c.Set))
		if over := len(caps.Content) - 2*mostCaps; over > 0 {
			caps.Content = caps.Content[over:]
		}
	})
}

// exact is a number as it is. Nothing stands for zero.
func exact(v float64) *yaml.Node {
	if v == 0 {
		return nil
	}
	return scalar("", strconv.FormatFloat(v, 'f', -1, 64))
}

// Caps returns the caps. The file is not read again as long as it has not changed.
func (f *File) Caps() pacing.Caps {
	if there, err := os.Lstat(f.Path); err == nil {
		if r := f.reading(there); r != nil {
			return r.caps
		}
	}
	return nil
}

// caps reads the caps of a document. What makes no sense is left out.
func (d *document) caps() pacing.Caps {
	out := make(pacing.Caps)
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value != "caps" {
			continue
		}
		for _, p := range pairs(d.root.Content[i+1]) {
			var e struct {
				Rate float64   `yaml:"rate"`
				Set  time.Time `yaml:"set"`
			}
			c := pacing.Cap{}
			if p[1].Decode(&e) == nil {
				c = pacing.Cap{Rate: e.Rate, Set: e.Set}
			}
			if c.Sound() {
				out[p[0].Value] = c
			}
		}
	}
	return out
}

// nodePairs are the names and values of a mapping.
type nodePairs [][2]*yaml.Node

func pairs(mapping *yaml.Node) nodePairs {
	var out nodePairs
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		out = append(out, [2]*yaml.Node{mapping.Content[i], mapping.Content[i+1]})
	}
	return out
}

func (p nodePairs) flat() (content []*yaml.Node) {
	for _, pair := range p {
		content = append(content, pair[0], pair[1])
	}
	return content
}
