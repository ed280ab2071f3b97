package config

import (
	"maps"
	"slices"

	"github.com/arl-cli/arl/pkg/limiter"
)

// Clone returns a registry of the same profiles.
func (r *Registry) Clone() *Registry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return &Registry{profiles: maps.Clone(r.profiles), store: r.store, cacheMax: r.cacheMax, defaults: r.defaults}
}

// Successor returns what another registry, such as that of an edited configuration, has in the place of parameters of this
// one: those of the same profile, bucket and unit. It is nil if there is none.
func (r *Registry) Successor(p *limiter.Params, next *Registry) *limiter.Params {
	of, bucket, unit := r.owner(p)
	var heir *Profile
	switch {
	case of == nil:
		return nil
	case of.Name == "":
		heir = next.defaultProfile()
	default:
		var err error
		if heir, err = next.Profile(of.Name); err != nil {
			return nil
		}
	}
	units, params := heir.built().units, heir.built().params
	if bucket != "" {
		i := slices.IndexFunc(heir.Buckets, func(b Bucket) bool { return b.Name == bucket })
		if i < 0 {
			return nil
		}
		units, params = heir.built().buckets[i].units, heir.built().buckets[i].params
	}
	if unit == "" {
		return params
	}
	i := slices.IndexFunc(units, func(u CompiledUnit) bool { return u.Name == unit })
	if i < 0 {
		return nil
	}
	return units[i].Params
}

// owner finds the profile that has the parameters, and the bucket and unit that they are of; both may be empty. The profile
// of ad hoc ones has no name.
func (r *Registry) owner(p *limiter.Params) (of *Profile, bucket, unit string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, of := range r.profiles {
		if of == nil {
			continue
		}
		if bucket, unit, ok := of.has(p); ok {
			return of, bucket, unit
		}
	}
	if d := r.defaults; d != nil {
		if _, unit, ok := d.has(p); ok {
			return d, "", unit
		}
	}
	return nil, "", ""
}

// has reports whether the parameters are of a compiled profile, and of which bucket and unit.
func (p *Profile) has(params *limiter.Params) (bucket, unit string, ok bool) {
	m := p.built()
	if unit, ok := unitWith(m.units, params); ok || m.params == params {
		return "", unit, true
	}
	for i := range m.buckets {
		if unit, ok := unitWith(m.buckets[i].units, params); ok || m.buckets[i].params == params {
			return p.Buckets[i].Name, unit, true
		}
	}
	return "", "", false
}

func unitWith(units []CompiledUnit, params *limiter.Params) (name string, ok bool) {
	for i := range units {
		if units[i].Params == params {
			return units[i].Name, true
		}
	}
	return "", false
}
