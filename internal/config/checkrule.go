package config

// rules checks conditions on responses.
func (c *checker) rules(path string, rules []Rule) {
	for i, r := range rules {
		at := item(path, i)
		if r.Status == 0 && len(r.Header) == 0 && r.Body == "" && r.JSON == "" {
			c.problem(at, "matches every response: name a status, a header, a part of the body or a value of its JSON")
		}
		if r.Status != 0 {
			c.status(at+".status", r.Status)
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
		c.problem(at+".in", "says which values, and json is missing, which says where they are")
	case r.JSON == "":
	case len(r.In) == 0:
		c.problem(at+".json", "says where a value is, and in is missing, which says what it has to be")
	default:
		if _, err := rulePath(r.JSON); err != nil {
			c.problem(at+".json", "%v", err)
		}
	}
}

// noPauses checks rules that pause nothing.
func (c *checker) noPauses(path string, rules []Rule) {
	for i, r := range rules {
		if r.All {
			c.problem(item(path, i)+".all_buckets", "is for throttle_when: what is never retried pauses nobody")
		}
		if r.Pause != (Pause{}) {
			c.problem(item(path, i)+".pause", "is for throttle_when: what is never retried pauses nobody")
		}
	}
}
