package fetch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormFields(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]formPart{
		`a=b`:                          {name: "a", text: "b"},
		`a=`:                           {name: "a"},
		`a= b `:                        {name: "a", text: "b"},
		`a="b; c"`:                     {name: "a", text: "b; c"},
		`a="b\"\\c"`:                   {name: "a", text: `b"\c`},
		`a="b`:                         {name: "a", text: `"b`},
		`a=b,c`:                        {name: "a", text: "b,c"},
		`a=b;type=x/y`:                 {name: "a", text: "b", kind: "x/y"},
		`a=b;type=x/y; p=1;filename=f`: {name: "a", text: "b", kind: "x/y; p=1", filename: "f"},
		`a=b; filename="f;g"`:          {name: "a", text: "b", filename: "f;g"},
		`a=b;headers="X: y"`:           {name: "a", text: "b", headers: []string{"X: y"}},
		`a=@f`:                         {name: "a", file: "f", attached: true},
		`a=@"f,g";filename=h`:          {name: "a", file: "f,g", attached: true, filename: "h"},
		`a=<f;type=x/y`:                {name: "a", file: "f", kind: "x/y"},
	} {
		got, err := FormField{Value: in}.parse()
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(&want, got, cmp.AllowUnexported(formPart{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	if p, err := (FormField{Value: "a=@b;type=c", Plain: true}).parse(); err != nil || p.text != "@b;type=c" || p.file != "" {
		t.Errorf("--form-string: %+v, %v, want the text", p, err)
	}
	for _, bad := range []string{"a", "a=b;c", "a=b;type=c", "a=@f,g", "a=(", `a=b;headers="X"`, `a=b;encoder=base64`, "a=b;headers=\"X: y\r\nZ: 1\""} {
		if p, err := (FormField{Value: bad}).parse(); err == nil {
			t.Errorf("%q is read as %+v, want an error", bad, p)
		}
	}
}

// What a field says never ends a part or a header early.
func FuzzFormFields(f *testing.F) {
	f.Add(`a"b=c;type=x/y;filename="d"`, false)
	f.Add("=;filename", false)
	f.Add("a\r\nb=c;filename=\"x\r\ny\"", true)
	f.Fuzz(func(t *testing.T, value string, plain bool) {
		if strings.Contains(value, "@") || strings.Contains(value, "<") {
			return // files
		}
		o := Options{Form: []FormField{{Value: value, Plain: plain}}}
		c, kind, err := o.form(strings.NewReader(""))
		if err != nil {
			return
		}
		b, ok := c.memory()
		if !ok {
			t.Fatal("a form without files is not in memory")
		}
		_, boundary, _ := strings.Cut(kind, "boundary=")
		head, _, _ := strings.Cut(string(b), "\r\n\r\n")
		if lines := strings.Split(head, "\r\n"); lines[0] != "--"+boundary || len(lines) > 4 || strings.ContainsAny(strings.Join(lines, ""), "\r\n") {
			t.Errorf("%q makes the head %q", value, head)
		}
	})
}
