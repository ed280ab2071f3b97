package ratesfile

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// mostKeys is how many keys of one api are remembered.
const mostKeys = 300

// prune forgets of each api's keys those that were not used for longest, if there are too many.
func (d *document) prune() {
	byAPI := make(map[string][]string)
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		key := d.rates.Content[i].Value
		byAPI[apiOf(key)] = append(byAPI[apiOf(key)], key)
	}
	for _, keys := range byAPI {
		if len(keys) <= mostKeys {
			continue
		}
		used := d.lastUsed(keys)
		slices.SortFunc(keys, func(a, b string) int { return used[a].Compare(used[b]) })
		d.removeAll(keys[:len(keys)-mostKeys])
	}
}

// apiOf is the name that a key begins with.
func apiOf(key string) string {
	if end := strings.IndexAny(key, "/@"); end >= 0 {
		return key[:end]
	}
	return key
}

// lastUsed returns until when each key was, or may still be, in use.
func (d *document) lastUsed(keys []string) map[string]time.Time {
	used := make(map[string]time.Time, len(keys))
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		var e entry
		if d.rates.Content[i+1].Decode(&e) != nil {
			continue
		}
		latest := e.Updated
		for _, at := range []time.Time{e.PausedUntil, e.UsedUntil} {
			if at.After(latest) {
				latest = at
			}
		}
		used[d.rates.Content[i].Value] = latest
	}
	return used
}

func (d *document) removeAll(keys []string) {
	gone := make(map[string]bool, len(keys))
	for _, key := range keys {
		gone[key] = true
	}
	var kept []*yaml.Node
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		if !gone[d.rates.Content[i].Value] {
			kept = append(kept, d.rates.Content[i:i+2]...)
		}
	}
	d.rates.Content = kept
}
