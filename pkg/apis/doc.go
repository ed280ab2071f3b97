// Package apis knows how arl talks to named services: where they are, at what rates to start, which
// answers are throttles, which limits are documented, where the credential lies.
//
// A [Profile] is one named API. Some are built in; a [Registry] lays a user's config.yaml over them,
// and Go programs may [Register] their own. [NewClient] turns a profile into an http.Client whose
// every attempt, retries and redirects included, passes a [limiter.Limiter]:
//
//	profile, err := apis.NewRegistry().Profile("notion")
//	...
//	client, err := apis.NewClient(profile, apis.ClientConfig{Limiter: limiter.New(limiter.Config{})})
//	...
//	resp, err := client.Get(ctx, "/users/me")
//
// What is promised: a profile's credential and headers go to the profile's own origin (scheme, host
// and port) and to no other, whatever a path or a redirect says; no credential is part of an error,
// an event or a key.
package apis
