package fetch

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
)

func fields(texts ...string) []Field {
	var out []Field
	for _, text := range texts {
		raw, ok := strings.CutPrefix(text, "raw:")
		out = append(out, Field{Text: raw, Raw: ok})
	}
	return out
}

func TestFields(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(file, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		in    []Field
		body  string
		query string
	}{
		{fields("a=1", "b=x"), `{"a":1,"b":"x"}`, "a=1&b=x"},
		{fields("a=true", "b=false", "c=null", "d="), `{"a":true,"b":false,"c":null,"d":""}`, "a=true&b=false&c=&d="},
		{fields("raw:a=true", "raw:b=1", "raw:c=@x", "raw:d=null"), `{"a":"true","b":"1","c":"@x","d":"null"}`, "a=true&b=1&c=%40x&d=null"},
		{fields("a=-5", "b=1.5", "c=007", "d=9223372036854775807", "e=9223372036854775808", "f=1e3"), `{"a":-5,"b":"1.5","c":"007","d":9223372036854775807,"e":"9223372036854775808","f":"1e3"}`, "a=-5&b=1.5&c=007&d=9223372036854775807&e=9223372036854775808&f=1e3"},
		{fields("a[b]=c", "a[d]=1", "a[e][f]=x"), `{"a":{"b":"c","d":1,"e":{"f":"x"}}}`, "a%5Bb%5D=c&a%5Bd%5D=1&a%5Be%5D%5Bf%5D=x"},
		{fields("a[]=x", "a[]=2", "a[]=null"), `{"a":["x",2,null]}`, "a%5B%5D=x&a%5B%5D=2&a%5B%5D="},
		{fields("a[]"), `{"a":[]}`, ""},
		{fields("a[]", "a[]=x", "a[]"), `{"a":["x"]}`, "a%5B%5D=x"},
		{fields("a[][k]=1", "a[][v]=2", "a[][k]=3", "a[][v]=4"), `{"a":[{"k":1,"v":2},{"k":3,"v":4}]}`, "a%5B%5D%5Bk%5D=1&a%5B%5D%5Bv%5D=2&a%5B%5D%5Bk%5D=3&a%5B%5D%5Bv%5D=4"},
		{fields("a[][k][]=1", "a[][k][]=2"), `{"a":[{"k":[1]},{"k":[2]}]}`, "a%5B%5D%5Bk%5D%5B%5D=1&a%5B%5D%5Bk%5D%5B%5D=2"},
		{fields("a[b][]", "a[c]=1"), `{"a":{"b":[],"c":1}}`, "a%5Bc%5D=1"},
		{fields("a=b=c", "d=[x]", "e=<&>"), `{"a":"b=c","d":"[x]","e":"<&>"}`, "a=b%3Dc&d=%5Bx%5D&e=%3C%26%3E"},
		{fields("a=@"+file, "b=@-"), `{"a":"1\n","b":"in"}`, "a=1%0A&b=in"},
	}
	for _, tt := range tests {
		o := &Options{Method: http.MethodPatch, Fields: tt.in}
		p, err := o.payload(strings.NewReader("in"))
		if err != nil || string(p.body) != tt.body || !p.json || p.query != "" {
			t.Errorf("%v = %s, query %q, %v, want %s", tt.in, p.body, p.query, err, tt.body)
		}
		for _, o := range []*Options{{Fields: tt.in, Method: http.MethodGet}, {Fields: tt.in, Method: http.MethodHead}, {Fields: tt.in, Get: true}} {
			if p, err = o.payload(strings.NewReader("in")); err != nil || p.query != tt.query || p.body != nil || p.json {
				t.Errorf("%v = query %s, body %q, %v, want %s", tt.in, p.query, p.body, err, tt.query)
			}
		}
	}
}

func TestFieldsRejected(t *testing.T) {
	t.Parallel()
	for _, in := range [][]Field{
		fields("a"), fields(""), fields("=x"), fields("[a]=x"), fields("a[b=x"), fields("a]b=x"), fields("a[b]c=x"), fields("a[[b]]=x"),
		fields("a[b]"), fields("a[][]=x"), fields("a=1", "a=2"), fields("a=1", "a[]=2"), fields("a=1", "a[b]=2"), fields("a[]=1", "a[b]=2"),
		fields("a[b]=1", "a[]=2"), fields("a[b]=1", "a=2"), fields("a=null", "a=1"), fields("a=@/nowhere/at/all"), fields("raw:a=\xff"),
	} {
		o := &Options{Fields: in}
		if p, err := o.payload(strings.NewReader("")); !failure.Is[*input.Error](err) {
			t.Errorf("%v = %s, %v, want an InputError", in, p.body, err)
		}
	}
}

// A field makes a POST of a request that names no method, as data does.
func TestFieldsMethod(t *testing.T) {
	t.Parallel()
	o := &Options{Fields: fields("a=1")}
	if got := o.method(); got != http.MethodPost {
		t.Errorf("method = %s, want POST", got)
	}
	o.Get = true
	if got := o.method(); got != http.MethodGet {
		t.Errorf("method with -G = %s, want GET", got)
	}
}
