package config

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The yaml tags of [Profile] are the schema: decoding, overriding and listing all follow them.
//
// A layer decodes one entry of a file onto a profile and so overrides it: scalars and lists replace, mappings merge, null
// deletes.
type layer struct {
	*decoder
	prefix string // of the paths in problems: "apis.NAME"
	places map[string]Place
}

// decodeOnto decodes the mapping n onto p.
func (d *decoder) decodeOnto(p *Profile, n *yaml.Node, prefix string) {
	p.places = maps.Clone(p.places)
	if p.places == nil {
		p.places = make(map[string]Place)
	}
	l := layer{decoder: d, prefix: prefix, places: p.places}
	l.into(reflect.ValueOf(p).Elem(), n, "")
}

// into decodes n onto v. It never modifies what v points to, which other profiles may share.
func (l *layer) into(v reflect.Value, n *yaml.Node, path string) {
	if !l.visit(n) {
		return
	}
	n = single(v.Type(), follow(n))
	if n.Tag == "!!null" && path != "" {
		v.SetZero()
		l.forget(path)
		return
	}
	switch set := l.scalar(v.Type()); {
	case v.Type() == reflect.TypeFor[Units]():
		l.units(v, n, path)
	case v.Type() == reflect.TypeFor[Actual]() && n.Kind == yaml.ScalarNode:
		l.record(n, path)
		v.Set(reflect.ValueOf(Actual{Expression: n.Value}))
	case v.Type() == reflect.TypeFor[Reference]() && n.Kind == yaml.ScalarNode:
		l.record(n, path)
		v.Set(reflect.ValueOf(Reference{JSON: n.Value}))
	case set != nil:
		l.setScalar(v, n, path, set)
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			fresh.Elem().Set(v.Elem())
		}
		l.into(fresh.Elem(), n, path)
		v.Set(fresh)
	case v.Kind() == reflect.Struct:
		l.structure(v, n, path)
	case v.Kind() == reflect.Slice:
		l.list(v, n, path)
	case v.Kind() == reflect.Map:
		l.mapping(v, n, path)
	}
}

func (l *layer) structure(v reflect.Value, n *yaml.Node, path string) {
	fields := fieldsOf(v)
	l.record(n, path)
	for _, e := range l.entries(n, join(l.prefix, path)) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == e.name })
		if i < 0 {
			l.unknown(e, join(l.prefix, path), names(fields))
			continue
		}
		l.into(fields[i].value, e.value, join(path, e.name))
	}
}

func (l *layer) list(v reflect.Value, n *yaml.Node, path string) {
	if n.Kind != yaml.SequenceNode {
		l.problem(n, join(l.prefix, path), "want a list, got %s", kindOf(n))
		return
	}
	l.forget(path)
	l.record(n, path)
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.Content)))
	for i, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		at := path + "[" + strconv.Itoa(i) + "]"
		if follow(item).Tag == "!!null" {
			l.problem(item, join(l.prefix, at), "is empty")
		}
		l.into(element, item, at)
		v.Set(reflect.Append(v, element))
	}
}

// mapping decodes headers: names are canonicalized, and values are strings whatever they look like.
func (l *layer) mapping(v reflect.Value, n *yaml.Node, path string) {
	l.record(n, path)
	merged := maps.Clone(v.Interface().(map[string]string))
	if merged == nil {
		merged = make(map[string]string)
	}
	written := make(map[string]bool)
	for _, e := range l.entries(n, join(l.prefix, path)) {
		name, value := e.name, follow(e.value)
		if path != "auth.params" {
			name = http.CanonicalHeaderKey(name)
		}
		at := join(path, name)
		switch {
		case written[name]:
			l.problem(e.key, join(l.prefix, at), "duplicate header")
		case value.Kind != yaml.ScalarNode:
			l.problem(value, join(l.prefix, at), "want a string, got %s", kindOf(value))
		case value.Tag == "!!null":
			delete(merged, name)
			delete(l.places, at)
		default:
			merged[name] = value.Value
			l.record(value, at)
		}
		written[name] = true
	}
	v.Set(reflect.ValueOf(merged))
}

func (l *layer) record(n *yaml.Node, path string) { l.places[path] = l.place(n) }

// forget removes the places of a value and of what it contains.
func (l *layer) forget(path string) {
	maps.DeleteFunc(l.places, func(at string, _ Place) bool {
		rest, ok := strings.CutPrefix(at, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}
