// Package pagination follows the pages of a list: it makes the request for the next page from a response, in every
// style that profiles have, and detects loops. It sends nothing itself.
package pagination
