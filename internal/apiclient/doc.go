// Package apiclient sends requests to one API, with the headers and the credential of its profile. All of them pass
// the rate limiter, including redirects and requests for tokens.
package apiclient
