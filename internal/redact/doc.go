// Package redact hides secrets from text by value, however they are encoded, and knows which headers and parameters
// carry one by their names.
package redact
