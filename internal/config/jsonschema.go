package config

import (
	"reflect"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A schema is a JSON Schema, or a part of one.
type schema = map[string]any

// What scalars look like that are strings of a form of their own.
const (
	durationPattern = `^\+?([0-9]+d)?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$`
	windowPattern   = `^ *[0-9]+ */ *.+$`
)

// JSONSchema returns the JSON Schema (draft 2020-12) of config.yaml, for editors and programs that write it. Like
// decoding it follows the yaml tags of [Profile]; what depends on several values together `arl apis check` finds.
func JSONSchema() map[string]any {
	profile := typeSchema(reflect.TypeFor[Profile]())
	apis := schema{
		"type": "object", "additionalProperties": nullable(schema{"$ref": "#/$defs/profile"}),
		"description": "profiles by name; one of a built-in name changes that, null removes it",
	}
	return schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "config.yaml of arl", "type": "object", "additionalProperties": false,
		"properties": schema{
			"apis":     nullable(apis),
			"defaults": nullable(schema{"$ref": "#/$defs/profile"}),
			"store":    schema{"type": []string{"string", "null"}, "description": "redis://..., rediss://..., file or memory"},
			"cache": nullable(schema{"type": "object", "additionalProperties": false, "properties": schema{
				"max": schema{"type": []string{"string", "integer"}, "description": "a size such as 1GiB"},
			}}),
		},
		"$defs": schema{"profile": profile},
	}
}

// nullable allows null beside what a schema allows: null deletes.
func nullable(s schema) schema { return schema{"anyOf": []schema{s, {"type": "null"}}} }

// typeSchema is the schema of a value of a type.
func typeSchema(t reflect.Type) schema {
	if s := scalarSchema(t); s != nil {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem())
	case reflect.Slice:
		if t == reflect.TypeFor[Units]() {
			return schema{"type": "object", "additionalProperties": nullable(typeSchema(t.Elem()))}
		}
		list := schema{"type": "array", "items": typeSchema(t.Elem())}
		if t == reflect.TypeFor[Polls]() || t == reflect.TypeFor[Names]() {
			return schema{"anyOf": []schema{typeSchema(t.Elem()), list}}
		}
		return list
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": nullable(typeSchema(t.Elem()))}
	case reflect.Struct:
		properties := schema{}
		for _, f := range fieldsOf(reflect.New(t).Elem()) {
			properties[f.name] = nullable(typeSchema(f.value.Type()))
		}
		object := schema{"type": "object", "additionalProperties": false, "properties": properties}
		if t == reflect.TypeFor[Actual]() || t == reflect.TypeFor[Reference]() {
			return schema{"anyOf": []schema{{"type": "string"}, object}}
		}
		return object
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int:
		return schema{"type": "integer"}
	case reflect.Float64:
		return schema{"type": "number"}
	}
	return schema{"type": []string{"string", "number", "boolean"}} // YAML writes many a string without quotes
}

// scalarSchema is the schema of a type that is written as one word; nil for others.
func scalarSchema(t reflect.Type) schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return schema{"type": []string{"string", "integer"}, "pattern": durationPattern, "description": wanted(t)}
	case reflect.TypeFor[limiter.Window]():
		return schema{"type": "string", "pattern": windowPattern, "description": wanted(t)}
	case reflect.TypeFor[Share]():
		return schema{"type": "string", "pattern": `^[0-9.]+%$`, "description": wanted(t)}
	case reflect.TypeFor[Pause](), reflect.TypeFor[CachePolicy]():
		return schema{"type": []string{"string", "integer"}, "description": wanted(t)}
	case reflect.TypeFor[AuthType]():
		return schema{"enum": []AuthType{AuthBearer, AuthBasic, AuthHeader, AuthQuery, AuthPath, AuthOAuth2, AuthLogin, AuthCommand, AuthSigV4, AuthSign}}
	case reflect.TypeFor[PageStyle]():
		return schema{"enum": []PageStyle{PageCursor, PageNumber, PageOffset, PageLink, PageGraphQL}}
	}
	return nil
}
