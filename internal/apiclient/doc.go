// Package apiclient sends requests to one API: with the headers and the credential of its profile, through the
// limiter, each redirect and each renewed token included.
package apiclient
