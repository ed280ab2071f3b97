package headers

// id is FNV-1a over what tells one limit from another.
func (x *limit) id() int64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{x.family, x.which, x.scope} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211 // no byte of a header
	}
	return max(int64(h>>1), 1)
}

// title is what people are told. It is made of constants and parts of the header, not for each response
// again.
func (x *limit) title() string {
	switch x.family {
	case sfFamily:
		return x.policyTitle()
	case "Ratelimit":
		return "RateLimit"
	case "X-Ratelimit":
		return x.xTitle()
	case "Anthropic-Ratelimit":
		return x.anthropicTitle()
	}
	if x.which == "" {
		return x.family
	}
	return x.key
}

func (x *limit) xTitle() string {
	switch x.which {
	case "":
		return x.resourceTitle()
	case "Requests":
		return "X-RateLimit requests"
	case "Tokens":
		return "X-RateLimit tokens"
	case "Second":
		return "X-RateLimit second"
	case "Minute":
		return "X-RateLimit minute"
	case "Hour":
		return "X-RateLimit hour"
	case "Day":
		return "X-RateLimit day"
	}
	return x.key
}

// resourceTitle names GitHub's resources.
func (x *limit) resourceTitle() string {
	switch x.scope {
	case "":
		return "X-RateLimit"
	case "core":
		return "X-RateLimit core"
	case "search":
		return "X-RateLimit search"
	case "code_search":
		return "X-RateLimit code_search"
	case "graphql":
		return "X-RateLimit graphql"
	}
	return clip(x.scope)
}

func (x *limit) anthropicTitle() string {
	switch x.which {
	case "Requests":
		return "Anthropic-RateLimit requests"
	case "Tokens":
		return "Anthropic-RateLimit tokens"
	case "Input-Tokens":
		return "Anthropic-RateLimit input-tokens"
	case "Output-Tokens":
		return "Anthropic-RateLimit output-tokens"
	}
	return x.key
}

func (x *limit) policyTitle() string {
	if x.which == "" {
		return sfFamily
	}
	return sfFamily + " " + clip(x.which)
}

// clip bounds what a stranger made long.
func clip(s string) string { return s[:min(len(s), 64)] }
