// Package uritemplate expands URI templates, RFC 6570 with all four levels: {id} is percent-encoded, {+path} is as it
// is, {?q,page} makes a query. It is pure.
//
// Beyond the RFC, a name may hold whatever the header of a CSV file calls its columns ({e-mail}, {First Name}, {größe}),
// and may be empty ({}), for values that have no name. A template of plain text ([ParseText]) takes values as they are,
// for JSON, headers and ids, where to percent-encode would be wrong; there a brace that begins no expression is a brace.
package uritemplate
