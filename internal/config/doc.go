// Package config contains the profiles of APIs: built-in ones, those in config.yaml, and those of Go programs. It decodes,
// checks, merges and inserts them, and derives from a profile the URL of a path, the bucket of a request, the key of a
// learned rate and the parameters of the limiter.
package config
