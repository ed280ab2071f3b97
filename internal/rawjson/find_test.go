package rawjson

import "testing"

func TestMember(t *testing.T) {
	t.Parallel()
	const object = `{ "a" : 1.0e5 , "b":{"c":[ ]}, "a":2, "\u00e4":true, "":null}`
	for name, want := range map[string]string{"a": "2", "b": `{"c":[ ]}`, "ä": "true", "": "null", "c": ""} {
		if got := string(Member([]byte(object), name)); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	for _, none := range []string{`[1]`, `"a"`, `1`, ``} {
		if got := Member([]byte(none), "a"); got != nil {
			t.Errorf("%s: %s", none, got)
		}
	}
}

func TestElement(t *testing.T) {
	t.Parallel()
	const array = `[ 10, "x" ,[2]]`
	for i, want := range map[int]string{0: "10", 1: `"x"`, 2: "[2]", 3: "", -1: "[2]", -3: "10", -4: ""} {
		if got := string(Element([]byte(array), i)); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	if got := Element([]byte(`{}`), 0); got != nil {
		t.Errorf("of an object: %s", got)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		object string
		path   []string
		want   string
	}{
		{`{}`, []string{"a"}, `{"a":"x"}`},
		{`{ }`, []string{"a"}, `{"a":"x" }`},
		{`{"b":1.00}`, []string{"a"}, `{"a":"x","b":1.00}`},
		{`{"b":1, "a" : "old" ,"c":2}`, []string{"a"}, `{"b":1, "a" : "x" ,"c":2}`},
		{`{"\u0061":1}`, []string{"a"}, `{"\u0061":"x"}`},
		{`{"v":{"n":1e2}}`, []string{"v", "a"}, `{"v":{"a":"x","n":1e2}}`},
		{`{"v":{"a":{}}}`, []string{"v", "a"}, `{"v":{"a":"x"}}`},
		{`{}`, []string{"v", `"`, "a"}, `{"v":{"\"":{"a":"x"}}}`},
	} {
		got, err := Set([]byte(test.object), test.path, []byte(`"x"`))
		if err != nil || string(got) != test.want {
			t.Errorf("%s %q: %s, %v, want %s", test.object, test.path, got, err, test.want)
		}
		if !Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
	}
	for _, none := range []string{`[]`, `1`, ``} {
		if got, err := Set([]byte(none), []string{"a"}, []byte(`1`)); err == nil {
			t.Errorf("%s: %s", none, got)
		}
	}
	if got, err := Set([]byte(`{"v":1}`), []string{"v", "a"}, []byte(`1`)); err == nil {
		t.Errorf("in a number: %s", got)
	}
}
