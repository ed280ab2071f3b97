// Package redact removes secrets from messages: by value, in whatever encoding, and by the names of the headers and
// parameters that carry them.
package redact
