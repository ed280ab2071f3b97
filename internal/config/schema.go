package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A field is a key of a mapping and the field of a struct that it stands for.
type field struct {
	name  string
	value reflect.Value
}

// fieldsOf returns the keys of a struct: its yaml tags, else the names in lower case.
func fieldsOf(v reflect.Value) []field {
	t := v.Type()
	fields := make([]field, 0, t.NumField()+10)
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("yaml")
		switch {
		case tag == ",inline":
			fields = append(fields, fieldsOf(v.Field(i))...)
		case tag == "-" || !f.IsExported():
		case tag == "":
			fields = append(fields, field{strings.ToLower(f.Name), v.Field(i)})
		default:
			fields = append(fields, field{tag, v.Field(i)})
		}
	}
	return fields
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// wanted names a type in messages.
func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration like 30s"
	case t == reflect.TypeFor[limiter.Window]():
		return "a limit like 60/1m"
	case t == reflect.TypeFor[Pause]():
		return "a duration like 30s, or a path like .parameters.retry_after"
	case t == reflect.TypeFor[CachePolicy]():
		return "revalidate, off or a duration like 10m"
	case t == reflect.TypeFor[Share]():
		return "a share like 50%"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Float64:
		return "a number"
	}
	return "a string"
}

// A Value is one setting of a profile.
type Value struct {
	Path  string // "initial_rate", "headers.Accept", "buckets[0].max_rate"
	Text  string // as in a configuration; what looks like a secret is redacted
	Place Place
}

// Values returns what a profile sets, in the order of the fields of [Profile].
func (p *Profile) Values() []Value {
	var out []Value
	p.list(reflect.ValueOf(p).Elem(), "", &out)
	return out
}

func (p *Profile) list(v reflect.Value, path string, out *[]Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if s, ok := scalarText(v); ok {
		*out = append(*out, Value{Path: path, Text: s, Place: p.Place(path)})
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range fieldsOf(v) {
			if !f.value.IsZero() {
				p.list(f.value, join(path, f.name), out)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 && !v.IsNil() {
			*out = append(*out, Value{Path: path, Text: "[]", Place: p.Place(path)})
		}
		for i := range v.Len() {
			p.list(v.Index(i), path+"["+strconv.Itoa(i)+"]", out)
		}
	case reflect.Map:
		for _, name := range slices.Sorted(maps.Keys(v.Interface().(map[string]string))) {
			at, value := join(path, name), v.MapIndex(reflect.ValueOf(name)).String()
			if path == "headers" && redact.IsSecretHeader(name) {
				value = redact.Hidden
			}
			*out = append(*out, Value{Path: at, Text: value, Place: p.Place(at)})
		}
	}
}

func scalarText(v reflect.Value) (string, bool) {
	switch x := v.Interface().(type) {
	case time.Duration:
		return formatDuration(x), true
	case limiter.Window:
		return formatWindow(x), true
	case Pause:
		return x.String(), true
	case CachePolicy:
		return x.String(), true
	case Share:
		return x.String(), true
	}
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
