package config

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// fits reports what of a decoded value a schema does not allow; it knows the few words that JSONSchema uses.
func fits(t *testing.T, defs, s map[string]any, v any, at string) {
	t.Helper()
	if ref, ok := s["$ref"].(string); ok {
		fits(t, defs, defs[ref[len("#/$defs/"):]].(map[string]any), v, at)
		return
	}
	if either, ok := s["anyOf"].([]any); ok {
		if v != nil {
			fits(t, defs, ofKind(either, v), v, at)
		}
		return
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		t.Errorf("%s: %v is none of %v", at, v, enum)
	}
	if pattern, ok := s["pattern"].(string); ok {
		if text, is := v.(string); is && !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("%s: %q does not match %s", at, text, pattern)
		}
	}
	switch x := v.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name, value := range x {
			of, ok := properties[name].(map[string]any)
			if !ok {
				of, ok = s["additionalProperties"].(map[string]any)
			}
			if !ok {
				t.Errorf("%s.%s is not in the schema", at, name)
				continue
			}
			fits(t, defs, of, value, at+"."+name)
		}
	case []any:
		for _, item := range x {
			fits(t, defs, s["items"].(map[string]any), item, at+"[]")
		}
	}
}

// ofKind chooses among alternatives the one for a value of that kind; the first if none is.
func ofKind(either []any, v any) map[string]any {
	kind := ""
	switch v.(type) {
	case map[string]any:
		kind = "object"
	case []any:
		kind = "array"
	}
	for _, s := range either {
		s := s.(map[string]any)
		if s["type"] == kind {
			return s
		}
		if inner, ok := s["anyOf"].([]any); ok && kind != "" {
			if chosen := ofKind(inner, v); chosen["type"] == kind {
				return chosen
			}
		}
	}
	return either[0].(map[string]any)
}

// TestJSONSchemaFitsProfiles holds the schema against all built-in profiles: what decodes has to fit.
func TestJSONSchemaFitsProfiles(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	defs := schema["$defs"].(map[string]any)
	files, err := builtIns.ReadDir("profiles")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d built-in profiles, %v", len(files), err)
	}
	for _, file := range files {
		text, err := builtIns.ReadFile("profiles/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		fits(t, defs, defs["profile"].(map[string]any), v, file.Name())
	}
}

// TestJSONSchemaHasAllFields names every key that a profile may have.
func TestJSONSchemaHasAllFields(t *testing.T) {
	t.Parallel()
	properties := JSONSchema()["$defs"].(map[string]any)["profile"].(map[string]any)["properties"].(map[string]any)
	for _, f := range fieldsOf(reflect.ValueOf(&Profile{}).Elem()) {
		if properties[f.name] == nil {
			t.Errorf("the schema has no %s", f.name)
		}
	}
	for _, s := range []string{"30s", "1m30s", "1d", "1d12h", "500ms", "1.5h", "0.5s"} {
		if _, err := parseDuration(s); err != nil || !regexp.MustCompile(durationPattern).MatchString(s) {
			t.Errorf("the duration %q: %v, and the pattern has to allow it", s, err)
		}
	}
	if regexp.MustCompile(durationPattern).MatchString("5 parsecs") {
		t.Error("the pattern of durations allows anything")
	}
}
