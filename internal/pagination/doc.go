// Package pagination says how the pages of a list follow each other: it makes the next request of a response, in
// every style that profiles know, and notices where a list goes in a circle. It sends nothing.
package pagination
