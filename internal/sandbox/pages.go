package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	itemCount   = 250 // of the whole list
	maxPageSize = 100
)

// page is one page of the list, in the form of Notion's.
type page struct {
	Results    []listItem `json:"results"`
	HasMore    bool       `json:"has_more"`
	NextCursor *string    `json:"next_cursor"`
}

type listItem struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Number int    `json:"number,omitempty"`
	Title  string `json:"title,omitempty"`
	Name   string `json:"name,omitempty"`
	Fields object `json:"fields,omitempty"`
}

// pages serves the list by cursor.
func pages(w http.ResponseWriter, r *http.Request) {
	first, size, err := pageOf(r.URL.Query())
	if err != nil {
		badRequest(w, err.Error())
		return
	}
	end := min(first+size, itemCount)
	p := page{Results: make([]listItem, 0, size), HasMore: end < itemCount}
	for i := first; i < end; i++ {
		id := strconv.Itoa(i + 1)
		p.Results = append(p.Results, listItem{ID: id, Path: "/items/" + id})
	}
	if p.HasMore {
		cursor := cursorPrefix + strconv.Itoa(end)
		p.NextCursor = &cursor
	}
	replyJSON(w, http.StatusOK, p)
}

// cursorPrefix keeps people from computing with cursors.
const cursorPrefix = "after-"

// pageOf reads where a page begins, counted from 0, and how long it may be.
func pageOf(query url.Values) (first, size int, err error) {
	if cursor := query.Get("start_cursor"); cursor != "" {
		text, ok := strings.CutPrefix(cursor, cursorPrefix)
		first, err = strconv.Atoi(text)
		if !ok || err != nil || first < 0 || first > itemCount {
			return 0, 0, fmt.Errorf("start_cursor %q: not one of this list", cursor)
		}
	}
	size = maxPageSize
	if text := query.Get("page_size"); text != "" {
		size, err = strconv.Atoi(text)
		if err != nil || size < 1 {
			return 0, 0, fmt.Errorf("page_size %q: want 1 to %d", text, maxPageSize)
		}
	}
	return first, min(size, maxPageSize), nil
}
