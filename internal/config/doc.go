// Package config knows profiles: how arl talks to an API, as it is built in, written in config.yaml or made by a Go
// program. It reads, checks, merges and inserts them, and answers what follows from one: the URL of a path, the
// bucket of a request, the key of a learned rate, the limiter's parameters.
package config
