// Package rows makes records of a batch of rows: the rows of a CSV or TSV file, the lines of a text, or JSON values. It
// knows where a row ends, what its columns are called, and how the templates of a [Recipe] become a record. It is pure.
//
// Strings stay strings: 007 is no number. What is wrong with all rows, such as a name that no column has, is found by
// [Open], before the first row is looked at; what is wrong with one is an error of its record.
package rows
