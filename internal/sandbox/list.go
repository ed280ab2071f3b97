package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A listing is how an API serves a long list in pages.
type listing struct {
	cursor, size string // names of parameters
	usual        int    // size of a page; 0: maxPageSize
	first        func(text string, size int) (int, bool)
	write        func(w http.ResponseWriter, r *http.Request, s slice)
	wrong        func(w http.ResponseWriter, message string) // nil: badRequest
}

// A slice is one page of a list.
type slice struct {
	first, size, total int
	items              []listItem
}

func (s *slice) end() int   { return s.first + len(s.items) }
func (s *slice) more() bool { return s.end() < s.total }

// mark is the cursor behind the slice.
func (s *slice) mark() string { return cursorPrefix + strconv.Itoa(s.end()) }

// listings are the forms of lists that [Config.Pages] knows. Without a name it is Notion's.
func listings(name string) (listing, bool) {
	switch name {
	case "", "notion":
		return listing{cursor: "start_cursor", size: "page_size", first: byMark, write: notionPage}, true
	case "vanta":
		return listing{cursor: "pageCursor", size: "pageSize", first: byMark, write: vantaPage}, true
	case "fieldguide":
		return listing{cursor: "page", size: "per_page", first: byNumber, write: fieldguidePage}, true
	case "airtable":
		return listing{cursor: "offset", size: "pageSize", first: byMark, write: airtablePage}, true
	case "slack":
		return listing{cursor: "cursor", size: "limit", first: byMark, write: slackPage, wrong: slackError}, true
	case "github":
		return listing{cursor: "page", size: "per_page", usual: 30, first: byNumber, write: githubPage}, true
	case "openai":
		return listing{cursor: "after", size: "limit", usual: 20, first: byOffset, write: openaiPage}, true
	case "zapier":
		return listing{cursor: "offset", size: "limit", usual: 50, first: byOffset, write: zapierPage}, true
	}
	return listing{}, false
}

func byMark(text string, _ int) (int, bool) {
	rest, ok := strings.CutPrefix(text, cursorPrefix)
	n, err := strconv.Atoi(rest)
	return n, ok && err == nil && n >= 0
}

func byNumber(text string, size int) (int, bool) {
	n, err := strconv.Atoi(text)
	return (n - 1) * size, err == nil && n >= 1
}

func byOffset(text string, _ int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// list serves a page of the list. ?total=N is how long the list is.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	l, _ := listings(s.config.Pages) // New has looked
	wrong := "invalid_" + l.cursor
	var page slice
	values, err := parameters(r)
	if err != nil {
		wrong = "invalid_" + bodyForm(r)
	} else {
		page, err = l.cut(values, s.config.Pages)
	}
	switch {
	case err != nil && l.wrong != nil:
		l.wrong(w, wrong)
	case err != nil:
		badRequest(w, err.Error())
	default:
		l.write(w, r, page)
	}
}

// cut makes the page that is asked for, of items as the API pages has them.
func (l *listing) cut(values map[string]string, pages string) (slice, error) {
	s := slice{size: l.usual, total: itemCount}
	if s.size == 0 {
		s.size = maxPageSize
	}
	for name, to := range map[string]*int{l.size: &s.size, "total": &s.total} {
		text, given := values[name]
		n, err := strconv.Atoi(text)
		if given && (err != nil || n < 0 || n == 0 && name == l.size) {
			return s, fmt.Errorf("%s %q: want a number above 0", name, text)
		}
		if given {
			*to = n
		}
	}
	s.size = min(s.size, maxPageSize)
	if text := values[l.cursor]; text != "" {
		var ok bool
		if s.first, ok = l.first(text, s.size); !ok {
			return s, fmt.Errorf("%s %q: not one of this list", l.cursor, text)
		}
	}
	s.items = []listItem{}
	for i := s.first; i < min(s.first+s.size, s.total); i++ {
		s.items = append(s.items, newItem(pages, i+1))
	}
	return s, nil
}

// object is a response that is made at once.
type object map[string]any

func notionPage(w http.ResponseWriter, _ *http.Request, s slice) {
	p := page{Results: s.items, HasMore: s.more()}
	if s.more() {
		mark := s.mark()
		p.NextCursor = &mark
	}
	replyJSON(w, http.StatusOK, p)
}

func vantaPage(w http.ResponseWriter, _ *http.Request, s slice) {
	info := object{"hasNextPage": s.more(), "endCursor": s.mark()} // which is there at the end too
	replyJSON(w, http.StatusOK, object{"results": object{"data": s.items, "pageInfo": info}})
}

func fieldguidePage(w http.ResponseWriter, _ *http.Request, s slice) {
	replyJSON(w, http.StatusOK, object{"data": s.items})
}

func airtablePage(w http.ResponseWriter, _ *http.Request, s slice) {
	p := object{"records": s.items}
	if s.more() {
		p["offset"] = s.mark()
	}
	replyJSON(w, http.StatusOK, p)
}

func slackPage(w http.ResponseWriter, r *http.Request, s slice) {
	next := ""
	if s.more() {
		next = s.mark()
	}
	replyJSON(w, http.StatusOK, object{"ok": true, slackItems(r): s.items, "response_metadata": object{"next_cursor": next}})
}

func slackError(w http.ResponseWriter, message string) {
	replyJSON(w, http.StatusOK, object{"ok": false, "error": message})
}

func githubPage(w http.ResponseWriter, r *http.Request, s slice) {
	if s.more() {
		number := strconv.Itoa(s.first/s.size + 2)
		last := strconv.Itoa((s.total + s.size - 1) / s.size)
		w.Header().Set("Link", fmt.Sprintf("<%s>; rel=\"next\", <%s>; rel=\"last\"", here(r, "page", number), here(r, "page", last)))
	}
	replyJSON(w, http.StatusOK, s.items)
}

func openaiPage(w http.ResponseWriter, _ *http.Request, s slice) {
	p := object{"object": "list", "data": s.items, "has_more": s.more(), "first_id": nil, "last_id": nil}
	if n := len(s.items); n > 0 {
		p["first_id"], p["last_id"] = s.items[0].ID, s.items[n-1].ID
	}
	replyJSON(w, http.StatusOK, p)
}

func zapierPage(w http.ResponseWriter, r *http.Request, s slice) {
	links := object{"next": nil}
	if s.more() {
		links["next"] = here(r, "offset", strconv.Itoa(s.end()))
	}
	replyJSON(w, http.StatusOK, object{"links": links, "meta": object{"count": s.total, "limit": s.size, "offset": s.first}, "data": s.items})
}

// here is the URL of a request with another value of a parameter.
func here(r *http.Request, name, value string) string {
	query := r.URL.Query()
	query.Set(name, value)
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: query.Encode()}
	return u.String()
}
