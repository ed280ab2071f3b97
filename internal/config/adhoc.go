package config

import (
	"net/url"
	"slices"
	"strings"
)

// AdHoc reports whether the profile was made of a URL's origin, because no profile has it: see [Registry.ForURL].
// Its name is the host, with the port unless that is the scheme's own; what the configuration says under defaults:
// holds for it, and no stored credential belongs to it.
func (p *Profile) AdHoc() bool { return p.adHoc }

// adHoc makes the profile of an origin.
func (r *Registry) adHoc(u *url.URL) *Profile {
	p := *r.defaultProfile()
	p.Name, p.BaseURL, p.adHoc = u.Host, u.Scheme+"://"+u.Host, true
	if r.has(p.Name) { // it is that of another origin, or of a part of this one
		p.Name = u.Hostname() + ":" + port(u)
	}
	ready := *p.compiled
	ready.base = &url.URL{Scheme: u.Scheme, Host: u.Host}
	p.compiled = &ready
	return &p
}

// defaultProfile is what ad hoc profiles have in common, ready.
func (r *Registry) defaultProfile() *Profile {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.defaults == nil {
		p := &Profile{}
		p.compiled = p.compile()
		r.defaults = p
	}
	return r.defaults
}

// has reports whether there is a profile of a name.
func (r *Registry) has(name string) bool {
	r.mu.RLock()
	p, known := r.profiles[name]
	r.mu.RUnlock()
	if known {
		return p != nil
	}
	return slices.Contains(builtInNames(), name)
}

// origins are the profiles by the origin of their base_url. Built-in ones are not read for that.
func (r *Registry) origins() map[string][]candidate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byOrigin != nil {
		return r.byOrigin
	}
	byOrigin := make(map[string][]candidate)
	add := func(name string, base *url.URL, own bool) {
		key := originKey(base)
		byOrigin[key] = append(byOrigin[key], candidate{name: name, path: base.EscapedPath(), own: own})
	}
	for name, p := range r.profiles {
		if p != nil {
			add(name, p.built().base, !p.Place("").BuiltIn)
		}
	}
	for _, name := range builtInNames() {
		if _, known := r.profiles[name]; !known {
			add(name, (&Profile{BaseURL: builtInBase(name)}).base(), false)
		}
	}
	r.byOrigin = byOrigin
	return byOrigin
}

// builtInBase is the base_url of a built-in profile, found without reading all of it: a request for a URL has to
// know them all.
func builtInBase(name string) string {
	text, _ := builtIns.ReadFile("profiles/" + name + ".yaml") // embedded: it is there
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "base_url:"); ok {
			value, _, _ = strings.Cut(value, " #")
			return strings.Trim(value, " \"'\r\n")
		}
	}
	return ""
}
