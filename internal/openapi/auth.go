package openapi

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/config"
)

// auth is the credential of the security scheme that the whole API names first, else of the only one there is.
func (d doc) auth(name string) []config.Setting {
	schemes := d.at("components", "securitySchemes")
	if schemes == nil {
		schemes = d.at("securityDefinitions")
	}
	var known, wanted []string
	each(schemes, func(scheme string, _ *yaml.Node) { known = append(known, scheme) })
	if all := d.at("security"); all != nil && all.Kind == yaml.SequenceNode {
		for _, one := range all.Content {
			if n := d.resolve(one); n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 2 { // exactly one scheme is enough
				wanted = append(wanted, n.Content[0].Value)
			}
		}
	}
	if len(wanted) == 0 && len(known) == 1 {
		wanted = known
	}
	for _, scheme := range wanted {
		if auth := d.in(child(schemes, scheme)).scheme(variable(name)); auth != nil {
			return auth
		}
	}
	return nil
}

// variable is the beginning of names of environment variables: pet-store is PET_STORE.
func variable(name string) string {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "api-" + name
	}
	return strings.TrimSuffix(strings.ToUpper(strings.ReplaceAll(name, "-", "_")), "_")
}

// scheme is one security scheme as auth of a profile; nil if a profile has no such thing.
func (d doc) scheme(prefix string) []config.Setting {
	env := func(suffix string) config.Setting {
		return config.Setting{Key: "env", Value: []string{prefix + suffix}}
	}
	kind := func(k config.AuthType) config.Setting { return config.Setting{Key: "type", Value: string(k)} }
	name := config.Setting{Key: "name", Value: d.text("name")}
	switch strings.ToLower(d.text("type")) {
	case "http":
		switch strings.ToLower(d.text("scheme")) {
		case "bearer":
			return []config.Setting{kind(config.AuthBearer), env("_TOKEN")}
		case "basic":
			return []config.Setting{kind(config.AuthBasic), env("_USER_PASSWORD")}
		}
	case "basic":
		return []config.Setting{kind(config.AuthBasic), env("_USER_PASSWORD")}
	case "apikey":
		switch in := d.text("in"); {
		case in == "header" && strings.EqualFold(d.text("name"), "Authorization"):
			return []config.Setting{kind(config.AuthHeader), name, env("_AUTHORIZATION")}
		case in == "header":
			return []config.Setting{kind(config.AuthHeader), name, env("_KEY")}
		case in == "query":
			return []config.Setting{kind(config.AuthQuery), name, env("_KEY")}
		}
	case "oauth2":
		return d.oauth2(prefix)
	case "openidconnect":
		return []config.Setting{kind(config.AuthBearer), env("_TOKEN")}
	}
	return nil
}

// oauth2 is the flow that needs nobody; of any other a token has to be brought along.
func (d doc) oauth2(prefix string) []config.Setting {
	flow := d.in(d.at("flows", "clientCredentials"))
	if d.text("flow") == "application" { // 2.0
		flow = d
	}
	token := flow.text("tokenUrl")
	if !strings.HasPrefix(token, "https://") {
		return []config.Setting{{Key: "type", Value: string(config.AuthBearer)}, {Key: "env", Value: []string{prefix + "_TOKEN"}}}
	}
	return []config.Setting{
		{Key: "type", Value: string(config.AuthOAuth2)},
		{Key: "token_url", Value: token},
		{Key: "client_id_env", Value: []string{prefix + "_CLIENT_ID"}},
		{Key: "client_secret_env", Value: []string{prefix + "_CLIENT_SECRET"}},
	}
}

// Paths that a POST is sent to only to read.
func reads(path, operation string) bool {
	last := strings.ToLower(path[strings.LastIndexAny(path, "/:")+1:])
	if slices.Contains([]string{"search", "_search", "query", "lookup", "find"}, last) {
		return true
	}
	operation = strings.ToLower(operation)
	return strings.HasPrefix(operation, "search") || strings.HasPrefix(operation, "query") || strings.HasPrefix(operation, "list")
}
