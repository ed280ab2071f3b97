// Package jsonpath reads paths into JSON, such as .errors[0].type, and finds what they lead to, also in JSON that is
// cut off.
package jsonpath
