package session

import "github.com/arl-cli/arl/internal/fetch"

// A FieldValue is a flag that collects gh's typed parameters.
type FieldValue struct {
	Raw bool
	To  *[]fetch.Field
}

// String implements pflag.Value.
func (v *FieldValue) String() string { return "" }

// Type implements pflag.Value.
func (v *FieldValue) Type() string { return "KEY=VALUE" }

// Set implements pflag.Value.
func (v *FieldValue) Set(s string) error {
	*v.To = append(*v.To, fetch.Field{Text: s, Raw: v.Raw})
	return nil
}
