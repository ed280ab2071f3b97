package config

import (
	"fmt"
	"strings"
)

// An UnsetBaseURLError says that the base_url of a profile has a placeholder, such as the name of a shop, which only the
// user can replace. Nothing was sent.
type UnsetBaseURLError struct{ API, BaseURL, Placeholder string }

// Error implements error.
func (e *UnsetBaseURLError) Error() string {
	return fmt.Sprintf("the base_url of %s is not complete: %s is yours to set", e.API, e.Placeholder)
}

// Hint is what can be done about it.
func (e *UnsetBaseURLError) Hint() string {
	return fmt.Sprintf("in config.yaml: apis: {%s: {base_url: %q}}, with your own in the place of %s", e.API, e.BaseURL, e.Placeholder)
}

// CheckBaseURL returns an [*UnsetBaseURLError] for a profile whose base_url the user has to complete.
func (p *Profile) CheckBaseURL() error {
	if name, ok := placeholderOf(p.BaseURL); ok {
		return &UnsetBaseURLError{API: p.Name, BaseURL: p.BaseURL, Placeholder: name}
	}
	return nil
}

// placeholderOf returns the first placeholder of a base_url, with its braces.
func placeholderOf(baseURL string) (name string, ok bool) {
	_, after, opened := strings.Cut(baseURL, "{")
	name, _, closed := strings.Cut(after, "}")
	return "{" + name + "}", opened && closed && validName(name)
}

// withoutPlaceholders is a base_url in which each placeholder is a word, to be checked.
func withoutPlaceholders(baseURL string) string {
	for {
		name, ok := placeholderOf(baseURL)
		if !ok {
			return baseURL
		}
		baseURL = strings.Replace(baseURL, name, "placeholder", 1)
	}
}
