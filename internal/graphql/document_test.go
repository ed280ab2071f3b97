package graphql

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		operations string
		cursors    string
		reads      bool
	}{
		{"shorthand", "{ viewer { login } }", "query", "", true},
		{"query", "query Q($n: Int = 3, $f: F = {a: [1]}) @d(x: {y: 1}) { a(first: $n) { b } }", "query", "", true},
		{"mutation", "mutation M { add(input: {a: 1}) { id } }", "mutation", "", false},
		{"subscription", "subscription { s }", "subscription", "", false},
		{"a field called mutation", "{ mutation query subscription }", "query", "", true},
		{"mutation in a string", `query { a(q: "} mutation { x }") }`, "query", "", true},
		{"mutation in a block string", `query { a(q: """} mutation { \""" x }""") }`, "query", "", true},
		{"mutation in a comment", "# mutation { x }\nquery { a } # }", "query", "", true},
		{"escaped quote", `query { a(q: "\"}") }`, "query", "", true},
		{"both", "query A { a } mutation B { b }", "query mutation", "", false},
		{"fragment first", "fragment F on T { a } query { ...F }", "query", "", true},
		{"fragment called mutation", "fragment mutation on T { a } { ...mutation }", "query", "", true},
		{"cursor", "query($endCursor: String) { a(first: 10, after: $endCursor) { nodes { id } } }", "query", "endCursor", true},
		{"one cursor twice", "query($c: String) { a(after: $c) { x } b(after: $c) { x } }", "query", "c", true},
		{"two cursors", "query($c: String, $d: String) { a(after: $c) { x } b(after:$d) { x } }", "query", "c d", true},
		{"after that is no variable", `{ a(after: "x") { b } }`, "query", "", true},
		{"byte order mark", "\ufeff{ a }", "query", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(d.Operations, " "); got != tt.operations {
				t.Errorf("operations = %q, want %q", got, tt.operations)
			}
			if got := strings.Join(d.Cursors, " "); got != tt.cursors {
				t.Errorf("cursors = %q, want %q", got, tt.cursors)
			}
			if d.OnlyReads() != tt.reads {
				t.Errorf("OnlyReads = %v, want %v", d.OnlyReads(), tt.reads)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", "no query or mutation"},
		{"  # only a comment", "no query or mutation"},
		{"fragment F on T { a }", "no query or mutation"},
		{"{ a ", "is incomplete"},
		{"query Q", "is incomplete"},
		{`{ a(q: "x) }`, "is incomplete"},
		{"{ a ) }", `unmatched ")"`},
		{"{ a } }", `unmatched "}"`},
		{"minutes of the meeting", `"minutes" instead of`},
		{"type T { a: Int }", `"type" instead of`},
	} {
		if _, err := Parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", tt.text, err, tt.want)
		}
	}
}

// A document that is said to read only never has a mutation, wherever else the word may be.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"{a}", "mutation{a}", `query{a(q:"mutation")}`, "#mutation\n{a}", `{a(b:"""x""")}`, "query($a:A={b:1}){c}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		both, err := Parse(text + "\nmutation Added { a }")
		if err != nil || both.OnlyReads() || len(both.Operations) != len(d.Operations)+1 {
			t.Errorf("with a mutation behind %q: %v, %v", text, both, err)
		}
		if !slices.Equal(both.Operations[:len(d.Operations)], d.Operations) {
			t.Errorf("operations of %q changed to %v", text, both.Operations)
		}
	})
}
