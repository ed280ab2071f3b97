// Package apis provides HTTP clients for named APIs that stay within their rate limits.
//
// A [Profile] describes an API: its base URL, where its credential is found, which responses are throttles, which
// limits are documented. The profiles of well-known APIs are built in; config.yaml changes them or adds others, as
// for the arl command; and a program can [Register] its own.
//
// One line makes a client whose requests share a rate limit with every arl process of the user, start at the rate
// learned in earlier runs, and are retried after a 429:
//
//	notion, err := apis.ClientFor("notion")
//	...
//	defer apis.Flush()
//	resp, err := notion.Get(ctx, "/users/me")
//
// [NewClient] makes one of a profile and a [limiter.Limiter], with nothing shared and nothing remembered.
// [OpenSession] shares and remembers as [ClientFor] does, with a configuration file and a store of the program's
// choice.
//
// The credential and the headers of a profile are sent to its own origin (scheme, host and port) and to no other,
// whatever a path or a redirect says. No error, event or key contains a credential.
package apis
