package columns_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/columns"
	"github.com/arl-cli/arl/internal/rawjson"
)

func write(t *testing.T, c columns.Config, objects ...string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := columns.New(&out, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Header(); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if err := w.Row([]byte(object)); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestWriter(t *testing.T) {
	t.Parallel()
	objects := []string{
		`{"id":"007","status":200,"ok":true,"json":{"name":"a, \"b\"\nc\t\\","list":[{"x":1},{"x":1e400}],"big":12345678901234567890,"o":{"a": 1}}}`,
		`{"id":7,"status":404,"ok":false,"error":{"kind":"http"},"json":null}`,
		`{"json":{"name":"=1+1","big":-5,"o":"@x"}}`,
		`{}`,
	}
	const names = "id, status,.json.name,json.list[-1].x,.json.big,.json.o,error.kind,ok"
	for _, tt := range [...]struct {
		config columns.Config
		want   string
	}{
		{columns.Config{Format: "csv", Columns: names}, `id,status,.json.name,json.list[-1].x,.json.big,.json.o,error.kind,ok
007,200,"a, ""b""
c	\",1e400,12345678901234567890,"{""a"": 1}",,true
7,404,,,,,http,false
,,=1+1,,-5,@x,,
,,,,,,,
`},
		{columns.Config{Format: "tsv", Columns: names}, `id	status	.json.name	json.list[-1].x	.json.big	.json.o	error.kind	ok
007	200	a, "b"\nc\t\\	1e400	12345678901234567890	{"a": 1}		true
7	404					http	false
		=1+1		-5	@x		
							
`},
		{columns.Config{Format: "csv", Columns: ".json.name,.json.big,.json.o", Spreadsheet: true}, `.json.name,.json.big,.json.o
"a, ""b""
c	\",12345678901234567890,"{""a"": 1}"
,,
'=1+1,-5,'@x
,,
`},
	} {
		if diff := cmp.Diff(tt.want, write(t, tt.config, objects...)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.config, diff)
		}
	}
}

func TestNewRejects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":          `"": not a path such as .json.name or .json.items[0]; --jq takes expressions`,
		"id,":       `"": not a path such as .json.name or .json.items[0]; --jq takes expressions`,
		".a..b":     `".a..b": not a path such as .json.name or .json.items[0]; --jq takes expressions`,
		".a|length": `".a|length": not a path such as .json.name or .json.items[0]; --jq takes expressions`,
		".a[]":      `".a[]": an element is written as [0], or [-1] for the last`,
		".a[0":      `".a[0": an element is written as [0], or [-1] for the last`,
		".a[0]x":    `".a[0]x": an element is written as [0], or [-1] for the last`,
	} {
		if _, err := columns.New(nil, columns.Config{Format: "csv", Columns: text}); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := columns.New(nil, columns.Config{Format: "xlsx", Columns: "id"}); err == nil {
		t.Error("xlsx is accepted")
	}
}

// A row holds what the object does, whatever that is, and is one row.
func FuzzRow(f *testing.F) {
	f.Add(`{"a":"x,\"y\n\r","b":{"c":[1]}}`)
	f.Fuzz(func(t *testing.T, object string) {
		if !rawjson.Valid([]byte(object)) || !strings.HasPrefix(object, "{") {
			return
		}
		out := write(t, columns.Config{Format: "csv", Columns: "a,b.c[0],.b"}, object)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q = %q, %v", object, out, err)
		}
		tabs := write(t, columns.Config{Format: "tsv", Columns: "a,b.c[0],.b"}, object)
		if strings.Count(tabs, "\n") != 2 || strings.Count(tabs, "\t") != 4 {
			t.Fatalf("%q = %q", object, tabs)
		}
	})
}
