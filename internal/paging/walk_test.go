package paging

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/arl-cli/arl/pkg/apis"
)

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func begin(t *testing.T, p *apis.Pagination, method, address, body, cursor string) *Walk {
	t.Helper()
	var content []byte
	if body != "" {
		content = []byte(body)
	}
	w, err := Begin(Config{
		Pagination: p, Cursor: cursor, First: Request{Method: method, URL: parsed(t, address), Body: content},
		Owns: func(u *url.URL) bool { return u.Scheme == "https" && u.Host == "a.example" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sent is how a request looks.
func sent(w *Walk) string {
	r := w.Request()
	return strings.TrimSuffix(fmt.Sprintf("%s %s %s", r.Method, r.URL, r.Body), " ")
}

func TestWalk(t *testing.T) {
	t.Parallel()
	cursor := &apis.Pagination{
		Style: apis.PageCursor, Send: apis.PageField{Query: "c", Body: "c"}, Size: apis.PageField{Query: "n", Body: "n", Max: 9},
		Next: ".next", More: ".more", Items: ".rows",
	}
	deep := &apis.Pagination{
		Style: apis.PageCursor, Send: apis.PageField{Body: ".variables.after"}, Next: `.data[-1]."the id"`,
	}
	page := &apis.Pagination{Style: apis.PageNumber, Send: apis.PageField{Query: "p"}}
	zero := &apis.Pagination{Style: apis.PageNumber, Send: apis.PageField{Query: "p"}, First: new(int), More: ".more"}
	offset := &apis.Pagination{Style: apis.PageOffset, Send: apis.PageField{Query: "o", Body: "o"}}
	link := &apis.Pagination{Style: apis.PageLink, Next: ".next", Items: ".rows"}
	const list = "https://a.example/list"
	for _, test := range []struct {
		name         string
		pagination   *apis.Pagination
		method, body string
		url, cursor  string
		answers      []string // bodies
		want         []string // requests
	}{
		{
			"cursor in the query", cursor, "GET", "", list + "?x=a%20b&c=", "",
			[]string{`{"rows":[1],"next":"a+b/=&","more":true}`, `{"rows":[],"next":17,"more":true}`, `{"rows":[2],"next":"left","more":false}`},
			[]string{"GET " + list + "?x=a%20b&c=&n=9", "GET " + list + "?x=a%20b&c=a%2Bb%2F%3D%26&n=9", "GET " + list + "?x=a%20b&c=17&n=9"},
		},
		{
			"cursor in the body", cursor, "POST", ` {"n": 3, "x":1.0e5 }`, list, "",
			[]string{`{"rows":[1],"next":"\u0061\"","more":true}`, `{"rows":[1],"next":17}`, `{"rows":[1]}`},
			[]string{"POST " + list + `  {"n": 3, "x":1.0e5 }`, "POST " + list + ` {"c":"\u0061\"","n": 3, "x":1.0e5 }`, "POST " + list + ` {"c":17,"n": 3, "x":1.0e5 }`},
		},
		{
			"a body that is a form", cursor, "POST", `a=b`, list, "z",
			[]string{`{"rows":[1],"next":""}`},
			[]string{"POST " + list + "?n=9&c=z a=b"},
		},
		{
			"no body", cursor, "POST", "", list, "z",
			[]string{`{"rows":[1],"next":null}`},
			[]string{"POST " + list + ` {"c":"z","n":9}`},
		},
		{
			"deep", deep, "POST", `{"query":"q","variables":{"n":1}}`, list, "",
			[]string{`{"data":[{"the id":1},{"the id":"x"}]}`, `{"data":[]}`},
			[]string{"POST " + list + ` {"query":"q","variables":{"n":1}}`, "POST " + list + ` {"query":"q","variables":{"after":"x","n":1}}`},
		},
		{
			"pages", page, "GET", "", list, "",
			[]string{"\ufeff[1,2]", " [3]\n", `[]`},
			[]string{"GET " + list, "GET " + list + "?p=2", "GET " + list + "?p=3"},
		},
		{
			"pages from 0", zero, "GET", "", list, "",
			[]string{`{"a":[1],"more":true}`, `{"a":[2],"more":false}`},
			[]string{"GET " + list, "GET " + list + "?p=1"},
		},
		{
			"pages from where the request says", page, "GET", "", list + "?p=7", "",
			[]string{`[1]`, `[ ]`},
			[]string{"GET " + list + "?p=7", "GET " + list + "?p=8"},
		},
		{
			"offsets", offset, "POST", `{}`, list, "10",
			[]string{`[1,2,3]`, `[4]`, `[]`},
			[]string{"POST " + list + ` {"o":10}`, "POST " + list + ` {"o":13}`, "POST " + list + ` {"o":14}`},
		},
		{
			"links in the body", link, "GET", "", "https://a.example/v1/list?x=1", "",
			[]string{`{"rows":[1],"next":"?y=2#f"}`, `{"rows":[1],"next":"https://user:pw@a.example/other"}`, `{"rows":[1],"next":""}`},
			[]string{"GET https://a.example/v1/list?x=1", "GET https://a.example/v1/list?y=2", "GET https://a.example/other"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, test.pagination, test.method, test.url, test.body, test.cursor)
			for i, answer := range test.answers {
				if got := sent(w); got != test.want[i] {
					t.Fatalf("request %d: %s\nwant %s", i+1, got, test.want[i])
				}
				p, err := w.Take(w.Request().URL, nil, []byte(answer))
				if err != nil || p.Err != nil {
					t.Fatal(err, p.Err)
				}
				if last := i == len(test.answers)-1; p.Last != last {
					t.Fatalf("answer %d: the last one: %v", i+1, p.Last)
				}
			}
		})
	}
}

// A walk that begins at another's cursor sends what that one would have sent.
func TestCursor(t *testing.T) {
	t.Parallel()
	for _, p := range []*apis.Pagination{
		{Style: apis.PageCursor, Send: apis.PageField{Query: "c"}, Next: ".next"},
		{Style: apis.PageNumber, Send: apis.PageField{Query: "c"}},
		{Style: apis.PageOffset, Send: apis.PageField{Query: "c"}},
		{Style: apis.PageLink, Next: ".next"},
		nil,
	} {
		w := begin(t, p, "GET", "https://a.example/v1/list?x=%2F", "", "")
		header := http.Header{"Link": {`</v1/list?c=a%2Bb&x=1>; rel="next"`}}
		if _, err := w.Take(w.Request().URL, header, []byte(`{"a":[1,2],"next":"a+b \"c\""}`)); err != nil {
			t.Fatal(err)
		}
		again := begin(t, p, "GET", "https://a.example/v1/list?x=%2F", "", w.Cursor())
		if got, want := sent(again), sent(w); got != want || w.Cursor() == "" {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestStuck(t *testing.T) {
	t.Parallel()
	cursor := &apis.Pagination{Style: apis.PageCursor, Send: apis.PageField{Query: "c"}, Next: ".next", More: ".more"}
	offset := &apis.Pagination{Style: apis.PageOffset, Send: apis.PageField{Body: "o"}}
	for _, test := range []struct {
		name       string
		pagination *apis.Pagination
		link, body string
		is         func(error) bool
	}{
		{"nothing known", nil, "", `[]`, func(err error) bool { return errors.Is(err, ErrUnknownStyle) }},
		{"another host", nil, "<https://b.example/>; rel=next", `[]`, is[*ForeignError]},
		{"another scheme", nil, "<http://a.example/>; rel=next", `[]`, is[*ForeignError]},
		{"another port", nil, "<//a.example:8443/>; rel=next", `[]`, is[*ForeignError]},
		{"no URL", nil, "<https://a.example/%zz>; rel=next", `[]`, func(err error) bool { return err != nil }},
		{"the same once more", nil, "<#here>; rel=next", `[]`, is[*LoopError]},
		{"an object as cursor", cursor, "", `{"a":[],"next":{"x":1}}`, func(err error) bool { return err != nil }},
		{"a boolean as cursor", cursor, "", `{"a":[],"next":true}`, func(err error) bool { return err != nil }},
		{"more without a cursor", cursor, "", `{"a":[],"more":true}`, func(err error) bool { return err != nil }},
		{"nowhere to put it", offset, "", `[1]`, func(err error) bool { return err != nil }},
		{"nothing to count", offset, "", `{}`, is[*NotListError]},
	} {
		w := begin(t, test.pagination, "GET", "https://a.example/list", "", "")
		p, err := w.Take(w.Request().URL, http.Header{"Link": {test.link}}, []byte(test.body))
		if err != nil || p.Last || !test.is(p.Err) {
			t.Errorf("%s: %v, %v, %v", test.name, err, p.Last, p.Err)
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// A circle is found however long it is.
func TestCircle(t *testing.T) {
	t.Parallel()
	p := &apis.Pagination{Style: apis.PageCursor, Send: apis.PageField{Query: "c"}, Next: ".next"}
	w := begin(t, p, "GET", "https://a.example/list", "", "")
	for i := range 1000 {
		page, err := w.Take(w.Request().URL, nil, fmt.Appendf(nil, `{"a":[%d],"next":"c%d"}`, i, i%700))
		if err != nil {
			t.Fatal(err)
		}
		if stuck := i == 700; is[*LoopError](page.Err) != stuck {
			t.Fatalf("page %d: %v", i+1, page.Err)
		} else if stuck {
			return
		}
	}
}

func TestBadCursor(t *testing.T) {
	t.Parallel()
	u := parsed(t, "https://a.example/list?p=x")
	for _, test := range []struct {
		style  apis.PageStyle
		cursor string
	}{{apis.PageNumber, ""}, {apis.PageNumber, "1"}, {apis.PageLink, "https://b.example/"}} {
		_, err := Begin(Config{
			Pagination: &apis.Pagination{Style: test.style, Send: apis.PageField{Query: "p"}}, Cursor: test.cursor,
			First: Request{Method: "GET", URL: u}, Owns: func(*url.URL) bool { return false },
		})
		if !is[*CursorError](err) {
			t.Errorf("%s %q: %v", test.style, test.cursor, err)
		}
	}
}

// A credential that the server repeats in its links is neither kept nor shown.
func TestSecretInLinks(t *testing.T) {
	t.Parallel()
	w, err := Begin(Config{
		First: Request{Method: "GET", URL: parsed(t, "https://a.example/list")}, Secret: "api_key",
		Owns: func(*url.URL) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Link": {`<?a=1&api_key=s3cret&b=2>; rel="next"`}}
	if _, err := w.Take(w.Request().URL, header, []byte(`[]`)); err != nil {
		t.Fatal(err)
	}
	if got := w.Cursor(); got != "https://a.example/list?a=1&b=2" {
		t.Error(got)
	}
}
