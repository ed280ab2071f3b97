// Package columns writes JSON objects as rows of CSV or TSV: chosen members, under a header. It is pure.
package columns
