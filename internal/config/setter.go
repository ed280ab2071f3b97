package config

import (
	"math"
	"reflect"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A setter stores a scalar in v and returns what is invalid about it, or "".
type setter func(v reflect.Value, n *yaml.Node) string

func (l *layer) setScalar(v reflect.Value, n *yaml.Node, path string, set setter) {
	l.record(n, path)
	message := ""
	if n.Kind != yaml.ScalarNode {
		message = "want " + wanted(v.Type()) + ", got " + kindOf(n)
	} else {
		message = set(v, n)
	}
	if message != "" {
		l.problem(n, join(l.prefix, path), "%s", message)
	}
}

// scalar returns the setter of a type; nil if it is not decoded from a scalar.
func (l *layer) scalar(t reflect.Type) setter {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return func(v reflect.Value, n *yaml.Node) string {
			d, err := parseDuration(n.Value)
			v.SetInt(int64(d))
			return text(err)
		}
	case t == reflect.TypeFor[limiter.Window]():
		return func(v reflect.Value, n *yaml.Node) string {
			w, err := parseWindow(n.Value)
			v.Set(reflect.ValueOf(w))
			return text(err)
		}
	}
	if t == reflect.TypeFor[Pause]() {
		return func(v reflect.Value, n *yaml.Node) string {
			p, err := parsePause(n.Value)
			v.Set(reflect.ValueOf(p))
			return text(err)
		}
	}
	if t == reflect.TypeFor[Share]() {
		return func(v reflect.Value, n *yaml.Node) string {
			s, err := ParseShare(n.Value)
			v.SetFloat(float64(s))
			return text(err)
		}
	}
	if t == reflect.TypeFor[CachePolicy]() {
		return func(v reflect.Value, n *yaml.Node) string {
			p, err := parseCachePolicy(n.Value)
			v.Set(reflect.ValueOf(p))
			return text(err)
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value, n *yaml.Node) string { v.SetString(n.Value); return "" }
	case reflect.Bool:
		return setBool
	case reflect.Int:
		return setInt
	case reflect.Float64:
		return setFloat
	}
	return nil
}

func setBool(v reflect.Value, n *yaml.Node) string {
	var b bool
	if n.Decode(&b) != nil {
		return "want true or false, got " + kindOf(n)
	}
	v.SetBool(b)
	return ""
}

func setInt(v reflect.Value, n *yaml.Node) string {
	var i int
	if n.Tag != "!!int" || n.Decode(&i) != nil {
		return "want an integer, got " + kindOf(n)
	}
	v.SetInt(int64(i))
	return ""
}

func setFloat(v reflect.Value, n *yaml.Node) string {
	var f float64
	if n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&f) != nil {
		return "want a number, got " + kindOf(n)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "want a finite number"
	}
	v.SetFloat(f)
	return ""
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
