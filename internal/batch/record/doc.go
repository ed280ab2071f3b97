// Package record reads the records of a batch: lines, or rows of a table, and the request that each asks for.
package record
