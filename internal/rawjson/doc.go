// Package rawjson reads and writes JSON as bytes: every token stays as it came, big numbers, the order and
// repetition of keys, escapes.
package rawjson
