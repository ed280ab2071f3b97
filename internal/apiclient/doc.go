// Package apiclient sends requests to one API: with the headers and the credential of its profile, through the
// rate limiter, redirects and requests for tokens included.
package apiclient
