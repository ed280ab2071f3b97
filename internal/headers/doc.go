// Package headers reads what the headers of a response say about rate limits: how long to wait
// (Retry-After and its siblings) and what remains of each limit (RateLimit, X-RateLimit-* and the
// dialects of vendors).
//
// Headers are read by a grammar rather than from a list of names: vocabulary.go lists the words, grammar.go
// and lexer.go split a name into its words, wait.go parses durations, dates and epochs. To add a dialect of headers,
// add its words there; structured.go reads the RateLimit field of the IETF draft.
package headers
