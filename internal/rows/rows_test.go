package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads all rows of an input as a batch does: records, or why there is none, each with the row as it was read.
func read(t *testing.T, in string, format Format, numbered bool, recipe Recipe) (records, raws []string, err error) {
	t.Helper()
	m, err := recipe.Compile()
	if err != nil {
		return nil, nil, err
	}
	r, rest, err := Open(bufio.NewReader(strings.NewReader(in)), format, numbered, m)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewReader(rest)
	var row []byte
	for {
		line, err := lines.ReadBytes('\n')
		first := len(row) == 0
		row = append(row, line...)
		if r.Continues(line, first) && err == nil {
			continue
		}
		if raw := r.Trim(row); len(raw) > 0 {
			raws = append(raws, string(raw))
			record, rowErr := r.Record(nil, raw)
			if rowErr != nil {
				record = []byte("! " + rowErr.Error())
			} else if !json.Valid(record) {
				t.Errorf("%s makes %s, which is not JSON", raw, record)
			}
			records = append(records, string(record))
		}
		row = nil
		if err != nil {
			return records, raws, nil
		}
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	user := Recipe{Path: "/users/{id}"}
	for name, tt := range map[string]struct {
		in     string
		format Format
		recipe Recipe
		want   []string
	}{
		"strings stay strings": {
			"id,n\n007,1.0\n", CSV,
			Recipe{Path: "/users/{id}", ID: "{id}", JSON: `{"n": "{n}"}`},
			[]string{`{"id":"007","path":"/users/007","json":{"n": "1.0"}}`},
		},
		"BOM, CRLF, quotes, line ends in values, blank lines": {
			"\ufeff\"id\",\"a\"\"b\"\r\n\"x, y\",\"1\r\n2\"\r\n\r\n3,\n", CSV,
			Recipe{Path: "/{id}", ID: "{id}", Method: "put", Fields: []Field{{Key: "v", Text: "{id}", Raw: true}}},
			[]string{`{"id":"x, y","method":"put","path":"/x%2C%20y","json":{"v":"x, y"}}`, `{"id":"3","method":"put","path":"/3","json":{"v":"3"}}`},
		},
		"semicolons": {
			"id;e-mail;First Name\n1;a@b;\"Zoë; B\"\n", CSV,
			Recipe{Path: "/{id}{?e-mail}", Headers: []string{"X-Name: {First Name}"}},
			[]string{`{"path":"/1?e-mail=a%40b","headers":{"X-Name":["Zoë; B"]}}`},
		},
		"ragged and broken rows": {
			"id,n\n1\n1,2,3\na\"b,c\n\"a\"b,c\n4,5\n\"open,6\n7,8\n", CSV, user,
			[]string{
				"! the row has 1 column, not 2", "! the row has 3 columns, not 2",
				`! the row is not CSV: a quote in an unquoted value; quote the value, and write the quote as ""`,
				`! the row is not CSV: text after a closing quote; write a quote in a quoted value as ""`,
				`{"path":"/users/4"}`, "! the row is not CSV: a quote is not closed",
			},
		},
		"values that lead elsewhere": {
			"id,n\n,1\n..,1\n.,1\na/b,1\n\xff,1\n", CSV, user,
			[]string{
				`! "id" is empty, so the path would name something else`,
				`! "id" is "..", which would lead to another path`, `! "id" is ".", which would lead to another path`,
				`{"path":"/users/a%2Fb"}`, "! the row is not valid UTF-8",
			},
		},
		"empty values in queries": {
			"a,b\n,\n", CSV,
			Recipe{Path: "/x?a={a}&b={b}{&a}#{b}"},
			[]string{`{"path":"/x?a=&b=&a=#"}`},
		},
		"tabs": {
			"id\tq\n\t\"a\"\n7\tx\\ty\\\\n\\z\n", TSV,
			Recipe{Path: "/s{?q}", ID: "{id}"},
			[]string{`{"id":"","path":"/s?q=%22a%22"}`, `{"id":"7","path":"/s?q=x%09y%5Cn%5Cz"}`},
		},
		"lines": {
			" a b \n\n1/2\n", Lines,
			Recipe{Path: "/items/{}", Data: []string{"v={}", "w={+}"}},
			[]string{
				`{"path":"/items/%20a%20b%20","headers":{"Content-Type":["application/x-www-form-urlencoded"]},"body":"v=%20a%20b%20&w=%20a%20b%20"}`,
				`{"path":"/items/1%2F2","headers":{"Content-Type":["application/x-www-form-urlencoded"]},"body":"v=1%2F2&w=1/2"}`,
			},
		},
		"lines are paths or URLs": {
			"/a b\nhttps://example.com/x\n", Lines,
			Recipe{Method: "DELETE"},
			[]string{`{"method":"DELETE","path":"/a b"}`, `{"method":"DELETE","url":"https://example.com/x"}`},
		},
		"types of fields": {
			"a,b\n1,true\n007,x\nnull,\n", CSV,
			Recipe{Path: "/{a}", Fields: []Field{{Key: "t[a]", Text: "{a}"}, {Key: "t[b]", Text: "{b}"}, {Key: "r[]", Text: "{a}", Raw: true}, {Key: "n", Text: "5"}, {Key: "l", Text: "{a}", Literal: true}}},
			[]string{
				`{"path":"/1","json":{"l":"{a}","n":5,"r":["1"],"t":{"a":1,"b":true}}}`,
				`{"path":"/007","json":{"l":"{a}","n":5,"r":["007"],"t":{"a":"007","b":"x"}}}`,
				`{"path":"/null","json":{"l":"{a}","n":5,"r":["null"],"t":{"a":null,"b":""}}}`,
			},
		},
		"objects": {
			`{"id": 7, "u": {"e": "a\"b", "t": ["x", 1]}, "u.v": 1e3, "z": null}` + "\n" + `{"u": 1}` + "\n[1]\n", NDJSON,
			Recipe{Path: "/u/{id}{?u.e,nosuch,u.t*,z}", ID: "{id}", JSON: `{"u": "{u}", "{id}": "<{u.e}>", "n": "{u.v}", "first": "{u.t.0}", "z": "{z}"}`},
			[]string{
				`{"id":7,"path":"/u/7?u.e=a%22b&u.t=x&u.t=1","json":{"u": {"e": "a\"b", "t": ["x", 1]}, "7": "<a\"b>", "n": 1e3, "first": "x", "z": null}}`,
				`! the row has no "id"`, `! the row has no "id"`,
			},
		},
		"fields of objects": {
			`{"id":"5","n":[1],"s":"true"}`, NDJSON,
			Recipe{Path: "/{id}", Fields: []Field{{Key: "id", Text: "{id}"}, {Key: "n", Text: "{n}"}, {Key: "raw", Text: "{n}", Raw: true}, {Key: "x", Text: "1{id}"}}},
			[]string{`{"path":"/5","json":{"id":"5","n":[1],"raw":"1","x":15}}`},
		},
		"scalars": {
			"7\n\"a b\"\nnull\nx\n{\"a\":1}\n", NDJSON,
			Recipe{Path: "/i/{}"},
			[]string{
				`{"path":"/i/7"}`, `{"path":"/i/a%20b"}`, "! the line has no value, so the path would name something else",
				"! the row is not valid JSON; use --in lines for plain text", `{"path":"/i/a,1"}`,
			},
		},
		"a row says it itself": {
			"id,path,method,json,note\n1,/a,PATCH,\"{\"\"x\"\": 1}\",hi\n2,/b,,,\n3,/c,PUT,{,\n4,https://h/x,,,\n", CSV,
			Recipe{},
			[]string{
				`{"path":"/a","id":"1","method":"PATCH","json":{"x": 1}}`, `{"path":"/b","id":"2"}`,
				`! the column "json" does not hold valid JSON`, `{"url":"https://h/x","id":"4"}`,
			},
		},
		"flags over members": {
			`{"id":1,"path":"/a","json":{},"headers":{"X":"y"}}` + "\n5\n", NDJSON,
			Recipe{Method: "PUT", Data: []string{"a=b"}},
			[]string{
				`{"method":"PUT","headers":{"Content-Type":["application/x-www-form-urlencoded"]},"body":"a=b","id":1,"path":"/a"}`,
				"! the row is 5, which has no path; use --path",
			},
		},
		"queries": {
			"a,b\nx y,\n", CSV,
			Recipe{Path: "/p?z=1", Queries: []string{"q={a}&", "q=2", "+raw={+a}", "{?b}", "{&b}", "+", "p=="}},
			[]string{`{"path":"/p?z=1&raw=x%20y&b=&b=","query":{"p":["="],"q":["x y&","2"]}}`},
		},
		"GraphQL": {
			"id\n7\n", CSV,
			Recipe{Path: "/graphql", JSON: `{"query": "query($id: ID!) { user(id: $id) { name } }", "variables": {"id": "{id}"}}`},
			[]string{`{"path":"/graphql","json":{"query": "query($id: ID!) { user(id: $id) { name } }", "variables": {"id": "7"}}}`},
		},
	} {
		got, _, err := read(t, tt.in, tt.format, false, tt.recipe)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in       string
		format   Format
		numbered bool
		recipe   Recipe
		want     string
	}{
		"unknown name":    {"id,email\n", CSV, false, Recipe{Path: "/{ID}"}, "{ID}: unknown column; the columns are id, email"},
		"unknown number":  {"id,email\n", CSV, true, Recipe{Path: "/{3}"}, "{3}: unknown column; the columns are 1, 2"},
		"unknown in JSON": {"id\n", CSV, false, Recipe{Path: "/{id}", JSON: `{"a":"{b}"}`}, "{b}: unknown column; the columns are id"},
		"no line":         {"id\n", CSV, false, Recipe{Path: "/{}"}, "{}: rows have columns; with --in lines {} is the whole line"},
		"no columns":      {"id\n", Lines, false, Recipe{Path: "/{id}"}, "{id}: lines have no columns; {} is the whole line, and --in csv has columns"},
		"no path":         {"id,email\n", CSV, false, Recipe{Method: "PUT"}, "no path for the rows: there is no --path, and no column path or url among id, email"},
		"same name":       {"id, id\n", CSV, false, Recipe{Path: "/{id}"}, `columns 1 and 2 of the header are both called "id"`},
		"empty":           {"", CSV, false, Recipe{Path: "/{id}"}, "it is empty"},
		"empty header":    {"\n1\n", CSV, false, Recipe{Path: "/{id}"}, "the header is missing: the first line is empty"},
		"Latin-1":         {"\xfc\n", CSV, false, Recipe{Path: "/{id}"}, notUTF8},
		"open quote":      {"\"id\nx\n", CSV, false, Recipe{Path: "/{id}"}, "header: the row is not CSV: a quote is not closed"},
		"long header":     {strings.Repeat("x", maxHeader+1), CSV, false, Recipe{Path: "/{id}"}, "the header is longer than 1048576 bytes"},
		"broken path":     {"id\n", CSV, false, Recipe{Path: "/{id"}, `--path: { without } in "{id"`},
		"JSON as data":    {"id\n", CSV, false, Recipe{Data: []string{`{"a":"{id}"}`}}, `-d: {"a":"{id}: a colon must be followed by a number from 1 to 9999; use --json for JSON`},
		"not JSON":        {"id\n", CSV, false, Recipe{JSON: `{"a":{id}}`}, `--json: it is not valid JSON; a template is part of a string, as in {"email": "{email}"}`},
		"two bodies":      {"id\n", CSV, false, Recipe{JSON: `{}`, Data: []string{"a"}}, "only one of -d, --json and --field or --raw-field can be used: each sets the body"},
		"bad field":       {"id\n", CSV, false, Recipe{Fields: []Field{{Key: "a[", Text: "1"}}}, `field "a[": its brackets do not match`},
		"bad query":       {"id\n", CSV, false, Recipe{Queries: []string{"{id}"}}, `--url-query: "{id}" is not name=value, +text or {?a,b}`},
		"bad header":      {"id\n", CSV, false, Recipe{Headers: []string{"{id}"}}, `-H: a header is written as "Name: value"`},
	} {
		_, _, err := read(t, tt.in, tt.format, tt.numbered, tt.recipe)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestNumberedColumns(t *testing.T) {
	t.Parallel()
	got, raws, err := read(t, "\ufeff\"a\nb\",2\n2,\"\"\n", CSV, true, Recipe{Path: "/{2}", ID: "{1}"})
	want := []string{`{"id":"a\nb","path":"/2"}`, `! "2" is empty, so the path would name something else`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"\"a\nb\",2", "2,\"\""}, raws); diff != "" {
		t.Error(diff)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	in := bufio.NewReader(strings.NewReader("\ufeffid,\"a\r\nb\",\r\nrest"))
	m, err := (&Recipe{Path: "/{id}"}).Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, odd := range []string{"id,\"a\"b\n", "id, \"a\"\n"} {
		if r, _, err := Open(bufio.NewReader(strings.NewReader(odd)), CSV, false, m); err == nil {
			t.Errorf("%q is accepted: %q", odd, r.Header.Names)
		}
	}
	r, rest, err := Open(in, CSV, false, m)
	if err != nil {
		t.Fatal(err)
	}
	left, _ := io.ReadAll(rest)
	want := Header{Names: []string{"id", "a\nb", ""}, Raw: []byte("id,\"a\r\nb\","), Lines: 2, Bytes: 15, comma: ','}
	if diff := cmp.Diff(want, r.Header, cmp.AllowUnexported(Header{})); diff != "" || string(left) != "rest" {
		t.Errorf("left %q (-want +got):\n%s", left, diff)
	}
	if diff := cmp.Diff([]string{"a\nb", ""}, r.Unused()); diff != "" {
		t.Error(diff)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{"a.csv": CSV, "A.CSV": CSV, "a.tsv": TSV, "a.tab": TSV, "a.ndjson": NDJSON, "a.jsonl": NDJSON, "a": NDJSON, "-": NDJSON, "csv": NDJSON} {
		if got := FormatOf(name); got != want {
			t.Errorf("FormatOf(%q) = %s, want %s", name, got, want)
		}
	}
	if f, err := ParseFormat("xlsx"); err == nil {
		t.Errorf("ParseFormat = %s", f)
	}
}

// FuzzCSV reads what strangers write: nothing of the input is lost between rows, and where encoding/csv reads all of it
// the values are the same.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\n\"x\ny\",2\r\n\r\n3,\"\"\"\"\n")
	f.Add("\"a\"b\"\n\",c\"d\n\"e\n,\"")
	f.Add("a,\"b\nc\"d,\"e\nf\"\ng\n")
	f.Fuzz(func(t *testing.T, in string) {
		e, table := extent{comma: ','}, newTable(CSV, ',')
		var got [][]string
		var rows []string
		row, failed := "", false
		lines := strings.SplitAfter(in, "\n")
		for i, line := range lines {
			row += line
			if e.add([]byte(line)) && i < len(lines)-1 {
				continue
			}
			e.at = valueStart
			rows = append(rows, row)
			if text := trimEnd([]byte(row)); len(text) > 0 {
				values, err := table.split(text)
				failed = failed || err != nil
				got = append(got, slices.Clone(values))
			}
			row = ""
		}
		if all := strings.Join(rows, "") + row; all != in {
			t.Fatalf("%q became %q", in, all)
		}
		whole := csv.NewReader(bytes.NewReader([]byte(in)))
		whole.FieldsPerRecord = -1
		want, err := whole.ReadAll()
		if err != nil || strings.Contains(in, "\r") {
			return // a CR alone is another matter at the end of an input
		}
		if diff := cmp.Diff(want, got); diff != "" || failed {
			t.Fatalf("%q (-encoding/csv +ours):\n%s", in, diff)
		}
	})
}

// FuzzRecord makes JSON of whatever a row holds, or says why it does not.
func FuzzRecord(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n", "/p/{a}{?b}", `{"k": "{b}"}`)
	f.Add("{\"a\":[1,{}],\"b\":\"\\ud800\"}\n", "{+a}", `["{b}", "{a}x"]`)
	f.Fuzz(func(t *testing.T, in, path, body string) {
		for _, format := range []Format{NDJSON, CSV, TSV, Lines} {
			_, raws, err := read(t, in, format, false, Recipe{Path: path, ID: "{a}", JSON: body, Headers: []string{"X: {b}"}})
			if err == nil && format == Lines && len(raws) == 0 && strings.TrimSpace(in) != "" {
				t.Fatalf("%q has no rows", in)
			}
		}
	})
}
