package config

import "slices"

// rules checks a list of rules.
func (c *checker) rules(path string, rules []Rule) {
	for i, r := range rules {
		at := item(path, i)
		if r.Status == 0 && len(r.Header) == 0 && r.Body == "" && r.JSON == "" {
			c.problem(at, "matches every response; add status, header, body or json")
		}
		if r.Status != 0 {
			c.status(at+".status", r.Status)
		}
		if path != "free" && len(r.Units) > 0 {
			c.problem(at+".units", "is only used in free")
		}
		c.headers(at+".header", r.Header)
		c.ruleJSON(at, &r)
		c.duration(at+".pause", r.Pause.Duration)
		if r.Pause.Path != "" {
			if _, err := rulePath(r.Pause.Path); err != nil {
				c.problem(at+".pause", "%v", err)
			}
		}
	}
}

func (c *checker) ruleJSON(at string, r *Rule) {
	switch {
	case r.JSON == "" && len(r.In) > 0:
		c.problem(at+".in", "requires json, the path of the value")
	case r.JSON == "":
	case len(r.In) == 0:
		c.problem(at+".json", "requires in, the values to match")
	default:
		if _, err := rulePath(r.JSON); err != nil {
			c.problem(at+".json", "%v", err)
		}
	}
}

// noPauses checks rules of never_retry, which pause nothing.
func (c *checker) noPauses(path string, rules []Rule) {
	for i, r := range rules {
		if r.All {
			c.problem(item(path, i)+".all_buckets", "is only used in throttle_when")
		}
		if r.Pause != (Pause{}) {
			c.problem(item(path, i)+".pause", "is only used in throttle_when")
		}
	}
}

// unitNames are the units of the profile and of its buckets.
func (c *checker) unitNames() (names []string) {
	for _, u := range c.p.Units {
		names = append(names, u.Name)
	}
	for i := range c.p.Buckets {
		for _, u := range c.p.Buckets[i].Units {
			names = append(names, u.Name)
		}
	}
	return names
}

// free checks rules for responses that count for nothing. That is known before a body comes, so that its slot goes back
// at once.
func (c *checker) free(rules []Rule) {
	c.rules("free", rules)
	for i, r := range rules {
		for _, unit := range r.Units {
			if unit != reservedUnit && !slices.Contains(c.unitNames(), unit) {
				c.problem(item("free", i)+".units", "%q is neither requests nor a unit of the profile", unit)
			}
		}
		if r.Body != "" || r.JSON != "" || len(r.In) > 0 {
			c.problem(item("free", i), "is told by status and header, not by the body")
		}
		if r.All || r.Pause != (Pause{}) {
			c.problem(item("free", i), "pause and all_buckets are for throttle_when")
		}
	}
}
