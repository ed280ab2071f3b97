package pagination

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/config"
)

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func begin(t *testing.T, p *config.Pagination, method, address, body, cursor string) *Walk {
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
	cursor := &config.Pagination{
		Style: config.PageCursor, Send: config.PageField{Query: "c", Body: "c"}, Size: config.PageField{Query: "n", Body: "n", Max: 9},
		Next: ".next", More: ".more", Items: ".rows",
	}
	deep := &config.Pagination{
		Style: config.PageCursor, Send: config.PageField{Body: ".variables.after"}, Next: `.data[-1]."the id"`,
	}
	page := &config.Pagination{Style: config.PageNumber, Send: config.PageField{Query: "p"}}
	zero := &config.Pagination{Style: config.PageNumber, Send: config.PageField{Query: "p"}, First: new(int), More: ".more"}
	offset := &config.Pagination{Style: config.PageOffset, Send: config.PageField{Query: "o", Body: "o"}}
	link := &config.Pagination{Style: config.PageLink, Next: ".next", Items: ".rows"}
	const list = "https://a.example/list"
	for _, test := range []struct {
		name         string
		pagination   *config.Pagination
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
				p, err := w.Take(w.Request().URL, http.StatusOK, nil, []byte(answer))
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
	for _, p := range []*config.Pagination{
		{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next"},
		{Style: config.PageNumber, Send: config.PageField{Query: "c"}},
		{Style: config.PageOffset, Send: config.PageField{Query: "c"}},
		{Style: config.PageLink, Next: ".next"},
		nil,
	} {
		w := begin(t, p, "GET", "https://a.example/v1/list?x=%2F", "", "")
		header := http.Header{"Link": {`</v1/list?c=a%2Bb&x=1>; rel="next"`}}
		if _, err := w.Take(w.Request().URL, http.StatusOK, header, []byte(`{"a":[1,2],"next":"a+b \"c\""}`)); err != nil {
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
	cursor := &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next", More: ".more"}
	offset := &config.Pagination{Style: config.PageOffset, Send: config.PageField{Body: "o"}}
	for _, test := range []struct {
		name       string
		pagination *config.Pagination
		link, body string
		is         func(error) bool
	}{
		{"nothing known", nil, "", `[]`, func(err error) bool { return errors.Is(err, ErrUnknownStyle) }},
		{"another host", nil, "<https://b.example/>; rel=next", `[]`, is[*ForeignError]},
		{"another scheme", nil, "<http://a.example/>; rel=next", `[]`, is[*ForeignError]},
		{"another port", nil, "<//a.example:8443/>; rel=next", `[]`, is[*ForeignError]},
		{"no URL", nil, "<https://a.example:port/>; rel=next", `[]`, func(err error) bool { return err != nil }},
		{"the same once more", nil, "<#here>; rel=next", `[1]`, is[*LoopError]},
		{"an object as cursor", cursor, "", `{"a":[],"next":{"x":1}}`, func(err error) bool { return err != nil }},
		{"a boolean as cursor", cursor, "", `{"a":[],"next":true}`, func(err error) bool { return err != nil }},
		{"more without a cursor", cursor, "", `{"a":[],"more":true}`, func(err error) bool { return err != nil }},
		{"nowhere to put it", offset, "", `[1]`, func(err error) bool { return err != nil }},
		{"nothing to count", offset, "", `{}`, is[*NotListError]},
	} {
		w := begin(t, test.pagination, "GET", "https://a.example/list", "", "")
		p, err := w.Take(w.Request().URL, http.StatusOK, http.Header{"Link": {test.link}}, []byte(test.body))
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
	p := &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next"}
	w := begin(t, p, "GET", "https://a.example/list", "", "")
	for i := range 1000 {
		page, err := w.Take(w.Request().URL, http.StatusOK, nil, fmt.Appendf(nil, `{"a":[%d],"next":"c%d"}`, i, i%700))
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
		style  config.PageStyle
		cursor string
	}{{config.PageNumber, ""}, {config.PageNumber, "1"}, {config.PageLink, "https://b.example/"}} {
		_, err := Begin(Config{
			Pagination: &config.Pagination{Style: test.style, Send: config.PageField{Query: "p"}}, Cursor: test.cursor,
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
	if _, err := w.Take(w.Request().URL, http.StatusOK, header, []byte(`[]`)); err != nil {
		t.Fatal(err)
	}
	if got := w.Cursor(); got != "https://a.example/list?a=1&b=2" {
		t.Error(got)
	}
}

// A page as a server sends it.
type page struct {
	status int // 0 means 200
	link   string
	body   string
	items  int
	last   bool
	err    func(error) bool // of Take, or of what follows; nil means none
}

func (want page) check(t *testing.T, w *Walk) {
	t.Helper()
	header := http.Header{}
	if want.link != "" {
		header.Set("Link", want.link)
	}
	got, err := w.Take(w.Request().URL, max(want.status, http.StatusOK), header, []byte(want.body))
	if err == nil && !got.Last {
		err = got.Err
	}
	if want.err == nil && (err != nil || got.NoItems != nil) || want.err != nil && !want.err(err) && !want.err(got.NoItems) {
		t.Fatalf("%d %s %s: %v, %v", want.status, want.link, want.body, err, got.NoItems)
	}
	if got.Count != want.items || got.Last != want.last {
		t.Errorf("%d %s %s: %d items, last %v, want %d, %v", want.status, want.link, want.body, got.Count, got.Last, want.items, want.last)
	}
}

// Where a list ends: neither before its end, nor in an error behind it.
func TestEnds(t *testing.T) {
	t.Parallel()
	cursor := &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next", Items: ".a.rows"}
	more := &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next", More: ".more"}
	number := &config.Pagination{Style: config.PageNumber, Send: config.PageField{Query: "p"}}
	rows := &config.Pagination{Style: config.PageNumber, Send: config.PageField{Query: "p"}, Items: ".rows"}
	offset := &config.Pagination{Style: config.PageOffset, Send: config.PageField{Query: "o"}, Items: ".rows"}
	link := &config.Pagination{Style: config.PageLink}
	bodyLink := &config.Pagination{Style: config.PageLink, Next: ".next", Items: ".rows"}
	some := func(err error) bool { return err != nil }
	for _, test := range []struct {
		name       string
		pagination *config.Pagination
		pages      []page
	}{
		{"null in the middle and at the end", cursor, []page{
			{body: `{"a":{"rows":[1]},"next":"x"}`, items: 1}, {body: `{"a":{"rows":null},"next":"y"}`}, {body: `{"a":null,"next":"z"}`}, {body: `{"a":{"rows":null},"next":null}`, last: true},
		}},
		{"an object without members", cursor, []page{{body: `{"a":{"rows":{ }},"next":"y"}`}, {body: `{"a":{"rows":{"b":1}}}`, last: true, err: is[*NotListError]}}},
		{"an object and an error", cursor, []page{{body: `{"a":{"rows":{}},"errors":[{"message":"boom"}]}`, last: true, err: is[*NotListError]}}},
		{"null and an error", cursor, []page{{body: `{"a":{"rows":null},"errors":[{"message":"boom"}]}`, last: true, err: is[*NotListError]}}},
		{"no items at all", cursor, []page{{body: `{"a":{"rows":[1]},"next":"x"}`, items: 1}, {body: `{"a":{}}`, last: true, err: is[*NotListError]}}},
		{"204 at the end", cursor, []page{{body: `{"a":{"rows":[1]},"next":"x"}`, items: 1}, {status: 204, last: true}}},
		{"204 alone", link, []page{{status: 204, last: true}}},
		{"an empty body of a 200", cursor, []page{{body: " \n", err: is[*NotListError]}}},
		{"the cursor just sent, and nothing new", cursor, []page{{body: `{"a":{"rows":[1]},"next":"x"}`, items: 1}, {body: `{"a":{"rows":[]},"next":"x"}`, last: true}}},
		{"the cursor just sent, with items", cursor, []page{{body: `{"a":{"rows":[1]},"next":"x"}`, items: 1}, {body: `{"a":{"rows":[2]},"next":"x"}`, items: 1, err: is[*LoopError]}}},
		{"the cursor just sent, and more", more, []page{{body: `{"rows":[1],"next":"x"}`, items: 1}, {body: `{"rows":[],"more":true,"next":"x"}`, err: is[*LoopError]}}},
		{"more in a string", more, []page{{body: `{"rows":[1],"more":"false","next":"x"}`, items: 1, last: true}}},
		{"pages to an empty array", number, []page{{body: `[1]`, items: 1}, {body: `[]`, last: true}}},
		{"pages to null", number, []page{{body: `[1]`, items: 1}, {body: `null`, last: true}}},
		{"pages to 204", number, []page{{body: `[1]`, items: 1}, {status: 204, last: true}}},
		{"pages to an empty body", number, []page{{body: `[1]`, items: 1}, {body: "", last: true}}},
		{"pages to an empty object", number, []page{{body: `[1]`, items: 1}, {body: `{}`, last: true}}},
		{"pages to a null in an object", number, []page{{body: `{"rows":[1],"total":1}`, items: 1}, {body: `{"rows":null,"total":1}`, last: true}}},
		{"pages to a missing key", rows, []page{{body: `{"rows":[1]}`, items: 1}, {body: `{"total":1}`, last: true}}},
		{"pages to an array in place of the object", rows, []page{{body: `{"rows":[1]}`, items: 1}, {body: `[ ]`, last: true}}},
		{"offsets to an object", offset, []page{{body: `{"rows":[1,2]}`, items: 2}, {body: `{"rows":{}}`, last: true}}},
		{"pages to a failure", rows, []page{{body: `{"rows":[1]}`, items: 1}, {body: `{"message":"out of order"}`, err: some}}},
		{"pages to what is not ok", rows, []page{{body: `{"rows":[1]}`, items: 1}, {body: `{"ok":false}`, err: some}}},
		{"a key that was never there", rows, []page{{body: `{"total":1}`, err: some}}},
		{"offsets to null", offset, []page{{body: `{"rows":[1,2]}`, items: 2}, {body: `{"rows":null}`, last: true}}},
		{"offsets to 204", offset, []page{{body: `{"rows":[1,2]}`, items: 2}, {status: 204, last: true}}},
		{"single quotes", link, []page{{link: "</2>; rel='next'", body: `[1]`, items: 1}, {link: "</1>; rel='prev'", body: `[2]`, items: 1, last: true}}},
		{"upper case, and several rels", link, []page{{link: `</2>; REL="NEXT last"`, body: `[1]`, items: 1}, {body: `[2]`, items: 1, last: true}}},
		{"a malformed link", link, []page{{link: `</2; rel="next"`, body: `[1]`, items: 1, err: some}}},
		{"a malformed link, and no pagination", nil, []page{{link: `</2; rel="next"`, body: `[1]`, items: 1, err: some}}},
		{"a link to itself without items", bodyLink, []page{{body: `{"rows":[1],"next":"?p=2"}`, items: 1}, {body: `{"rows":[],"next":"?p=2"}`, last: true}}},
		{"a link that needs escapes", bodyLink, []page{{body: `{"rows":[1],"next":"/a b?q=c d%20\u00e9&r=100%#x y"}`, items: 1}, {body: `{"rows":[]}`, last: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, test.pagination, "GET", "https://a.example/list", "", "")
			for _, want := range test.pages {
				want.check(t, w)
			}
			if strings.Contains(test.name, "escapes") && sent(w) != "GET https://a.example/a%20b?q=c%20d%20%C3%A9&r=100%" {
				t.Error(sent(w))
			}
		})
	}
}

// A list of ever new pages ends, and the walk can be gone on with.
func TestEndless(t *testing.T) {
	t.Parallel()
	p := &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c"}, Next: ".next"}
	w, err := Begin(Config{
		Pagination: p, First: Request{Method: "GET", URL: parsed(t, "https://a.example/list")}, Bound: 5,
		Owns: func(*url.URL) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		page, err := w.Take(w.Request().URL, http.StatusOK, nil, fmt.Appendf(nil, `{"a":[%d],"next":"c%d"}`, i, i))
		if endless := i == 4; err != nil || page.Count != 1 || is[*EndlessError](page.Err) != endless {
			t.Fatalf("page %d: %v, %v", i+1, err, page.Err)
		}
	}
	if w.Cursor() != "c4" {
		t.Errorf("Cursor = %q", w.Cursor())
	}
}
