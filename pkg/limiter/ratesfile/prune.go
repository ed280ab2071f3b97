package ratesfile

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// mostKeys is how many keys of one api are remembered.
const mostKeys = 300

// mostHosts is how many keys of hosts that no profile has are remembered, all of them together.
const mostHosts = 500

// hosts is the group of all of those.
const hosts = ""

// group is what a key counts for. A name that looks like a host is one that no profile has, most likely.
func group(key string) string {
	if api := apiOf(key); !strings.ContainsAny(api, ".:") {
		return api
	}
	return hosts
}

// prune forgets of each api's keys those that were not used for longest, if there are too many.
func (d *document) prune() {
	byAPI := make(map[string][]string)
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		key := d.rates.Content[i].Value
		byAPI[group(key)] = append(byAPI[group(key)], key)
	}
	for api, keys := range byAPI {
		most := mostKeys
		if api == hosts {
			most = mostHosts
		}
		if len(keys) <= most {
			continue
		}
		used := d.lastUsed(keys)
		slices.SortFunc(keys, func(a, b string) int { return used[a].Compare(used[b]) })
		d.removeAll(keys[:len(keys)-most])
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
