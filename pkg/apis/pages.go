package apis

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"

	"github.com/arl-cli/arl/internal/pagination"
)

// Pages returns the pages of a list, as the profile's Pagination says that they follow each other: the whole body of
// each response, as it came. Every page is a request of its own, paced and retried like any other. The last pair has
// an error if there is one; a status of 400 or above is an error.
//
//	for page, err := range client.Pages(ctx, "/users") {
//		if err != nil {
//			return err
//		}
//		...
//	}
func (c *Client) Pages(ctx context.Context, path string) iter.Seq2[json.RawMessage, error] {
	return c.PagesFrom(ctx, path, new(string))
}

// PagesFrom is Pages from a cursor on; "" is the beginning of the list. Before a page is passed on, *cursor becomes
// where the next one begins, and "" after the last: store it with the page to resume after an error, in this process
// or in another.
func (c *Client) PagesFrom(ctx context.Context, path string, cursor *string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		first, err := c.NewRequest(ctx, http.MethodGet, path, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		walk, err := pagination.Of(c.client.Profile(), first, nil, *cursor, pagination.MostPages)
		if err != nil {
			yield(nil, err)
			return
		}
		for more := true; more; {
			page, err := walk.Get(first, c.Do)
			if err == nil {
				more, err = !page.Last, page.Err
				if *cursor = walk.Cursor(); page.Last {
					*cursor = ""
				}
				if more = yield(json.RawMessage(page.Whole), nil) && more; !more {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}
