package credential

import "strings"

// Owner tells apart whose responses are whose, to be hashed: it is the same as long as it is the same user or client,
// also with another token. A token of which that is not known counts as the place that it comes from. It may have the
// secret in it.
func (c *Credential) Owner() string {
	parts := []string{string(c.kind), c.identity}
	if c.identity == "" {
		parts = append(parts, c.value)
	}
	if c.identity == "" && c.grant != nil {
		parts = append(append(parts, c.Source), c.grant.Command...)
	}
	if c.identity == "" && c.keys != nil {
		parts = append(parts, c.keys.ID)
	}
	return strings.Join(append(parts, c.signer...), "\x00")
}
