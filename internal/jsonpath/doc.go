// Package jsonpath parses paths into JSON, such as .errors[0].type, and finds the values they lead to, also in truncated
// JSON.
package jsonpath
