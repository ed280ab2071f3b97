package apis

import "github.com/arl-cli/arl/internal/credential"

// A Credential authenticates requests, for the Credential of a [ClientConfig]. Printing one shows its kind and
// source, never its value.
type Credential = credential.Credential

// BearerCredential returns a token that is sent as Authorization: Bearer. source says in messages where it came
// from, such as "$API_TOKEN".
func BearerCredential(token, source string) *Credential { return credential.Bearer(token, source) }

// BasicCredential returns a user and a password that are sent as Authorization: Basic.
func BasicCredential(user, password, source string) *Credential {
	return credential.Basic(user, password, source)
}

// HeaderCredential returns a token that is sent in the header of that name, after prefix.
func HeaderCredential(name, prefix, token, source string) *Credential {
	return credential.Header(name, prefix, token, source)
}

// QueryCredential returns a token that is sent as the query parameter of that name.
func QueryCredential(name, token, source string) *Credential {
	return credential.Query(name, token, source)
}
