// Package openapi reads from an OpenAPI description (2.0, 3.0, 3.1; YAML or JSON) what a profile needs: the base URL,
// authentication, POSTs that only read, pagination and paths. Ambiguous parts are left out, and references to other
// files and URLs are not followed.
package openapi

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/config"
)

// An API is what a description says.
type API struct {
	Name    string // of the title, as a profile can be called; may be empty
	BaseURL string // may be relative or empty
	// Settings are those of a profile, without base_url.
	Settings []config.Setting
}

// maxDepth bounds nesting, and how many references lead to a value.
const maxDepth = 100

// Is reports whether a file is a description, as far as can be seen.
func Is(text []byte) bool {
	d, err := parse(text)
	return err == nil && (d.at("openapi") != nil || d.at("swagger") != nil)
}

// Read reads a description.
func Read(text []byte) (*API, error) {
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	switch version := d.text("openapi") + d.text("swagger"); {
	case strings.HasPrefix(version, "3."), strings.HasPrefix(version, "2."):
	default:
		return nil, fmt.Errorf("OpenAPI version %.20q is not supported; use 2.0, 3.0 or 3.1", version)
	}
	a := &API{Name: slug(d.text("info", "title")), BaseURL: d.baseURL()}
	a.set("auth", d.auth(a.Name))
	a.set("idempotent_posts", d.readingPosts())
	a.set("pagination", d.pagination())
	a.set("paths", d.paths())
	return a, nil
}

// set adds a setting that says something.
func (a *API) set(key string, value any) {
	switch v := value.(type) {
	case []string:
		if len(v) == 0 {
			return
		}
	case []config.Setting:
		if len(v) == 0 {
			return
		}
	}
	a.Settings = append(a.Settings, config.Setting{Key: key, Value: value})
}

// A doc is a description, or a value in one.
type doc struct{ root, node *yaml.Node }

func parse(text []byte) (doc, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return doc{}, fmt.Errorf("not YAML or JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return doc{}, errors.New("not an OpenAPI description: the file is not an object")
	}
	return doc{n.Content[0], n.Content[0]}, nil
}

// at follows keys, and references within the file; nil if something is not there.
func (d doc) at(keys ...string) *yaml.Node {
	n := d.resolve(d.node)
	for _, key := range keys {
		if n = d.resolve(child(n, key)); n == nil {
			return nil
		}
	}
	return n
}

func (d doc) text(keys ...string) string {
	if n := d.at(keys...); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// in is the doc of a value.
func (d doc) in(n *yaml.Node) doc { return doc{d.root, n} }

// resolve follows $ref as far as it leads within the file.
func (d doc) resolve(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		ref := child(n, "$ref")
		if ref == nil {
			return n
		}
		path, ok := strings.CutPrefix(ref.Value, "#/")
		if !ok {
			return nil
		}
		n = d.root
		for part := range strings.SplitSeq(path, "/") {
			if plain, err := url.PathUnescape(part); err == nil {
				part = plain
			}
			n = child(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	return nil
}

// child is the value of a key; nil if there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// each calls f with the entries of a mapping, in order.
func each(n *yaml.Node, f func(key string, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i].Value, n.Content[i+1])
	}
}

// baseURL is the first server, with the defaults of its variables.
func (d doc) baseURL() string {
	if host := d.text("host"); host != "" {
		scheme := "https"
		if s := d.at("schemes"); s != nil && len(s.Content) == 1 {
			scheme = s.Content[0].Value
		}
		return strings.TrimSuffix(scheme+"://"+host+d.text("basePath"), "/")
	}
	servers := d.at("servers")
	if servers == nil || len(servers.Content) == 0 {
		return ""
	}
	server := d.in(servers.Content[0])
	base := server.text("url")
	each(server.at("variables"), func(name string, v *yaml.Node) {
		base = strings.ReplaceAll(base, "{"+name+"}", d.in(v).text("default"))
	})
	return strings.TrimSuffix(base, "/")
}

// slug makes a name for a profile of a title: "Pet Store API (v2)" is pet-store.
func slug(title string) string {
	title, _, _ = strings.Cut(title, "(")
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for len(words) > 1 && (words[len(words)-1] == "api" || words[len(words)-1] == "rest") {
		words = words[:len(words)-1]
	}
	return strings.Join(words[:min(len(words), 4)], "-")
}
