package apis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// listOfThree is an API with a list of three pages; the second fails while broken is set.
func listOfThree(broken *bool) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch cursor := r.URL.Query().Get("after"); {
		case cursor == "":
			fmt.Fprint(w, `{"items":[1,2],"next":"two"}`)
		case *broken:
			http.Error(w, `{"error":"down for maintenance"}`, http.StatusForbidden)
		case cursor == "two":
			fmt.Fprint(w, `{"items":[3,4],"next":"three"}`)
		default:
			fmt.Fprint(w, `{"items":[5]}`)
		}
	}))
}

func clientOf(url string) (*apis.Client, error) {
	return apis.NewClient(&apis.Profile{
		Name: "lists", BaseURL: url, Pace: apis.Pace{InitialRate: new(1000.0)},
		Pagination: &apis.Pagination{Style: apis.PageCursor, Send: apis.PageField{Query: "after"}, Next: ".next", Items: ".items"},
	}, apis.ClientConfig{Limiter: limiter.New(limiter.Config{})})
}

// A list is read page by page. What failed is resumed at the cursor that was stored with the last page.
func ExampleClient_PagesFrom() {
	broken := true
	server := listOfThree(&broken)
	defer server.Close()
	client, err := clientOf(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	cursor := ""
	for range 2 {
		for page, err := range client.PagesFrom(context.Background(), "/items", &cursor) {
			if err != nil {
				fmt.Println("error:", err)
				continue
			}
			var list struct{ Items []int }
			_ = json.Unmarshal(page, &list)
			fmt.Printf("%v, then %q\n", list.Items, cursor)
		}
		broken = false
	}
	// Output:
	// [1 2], then "two"
	// error: page 2: HTTP 403 Forbidden: {"error":"down for maintenance"}
	// [3 4], then "three"
	// [5], then ""
}

func TestPages(t *testing.T) {
	t.Parallel()
	broken := false
	server := listOfThree(&broken)
	defer server.Close()
	client, err := clientOf(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for page, err := range client.Pages(t.Context(), "/items") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(page))
	}
	if len(all) != 3 || !strings.Contains(all[2], "[5]") {
		t.Errorf("%q", all)
	}
	n := 0
	for _, err := range client.Pages(t.Context(), "/items") {
		if err != nil {
			t.Error(err)
		}
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d pages after a break", n)
	}
	for _, err := range client.Pages(t.Context(), "//elsewhere/../x?after=\x00") {
		if err == nil {
			t.Error("no error")
		}
	}
}
