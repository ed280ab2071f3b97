package apiclient_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
)

// A bucket by what a request asks for has a key for each value, by its body, a header or the query alike. What asks for
// nothing is in the next bucket; beyond so many values all others share one key.
func TestKeysByWhatIsAsked(t *testing.T) {
	t.Parallel()
	r := load(t, `apis: {ask: {base_url: 'http://ask.example', buckets: [
		{name: "j-{model}", json: .options.model, paths: [/json]},
		{name: "h-{team}", header: X-Team, paths: [/header]},
		{name: "q-{shop}", query: shop, paths: [/query]},
		{name: rest, paths: ["/**"]}]}}`)
	c := newClient(t, profile(t, r, "ask"), apiclient.Config{})
	key := func(path, header, body string) string {
		req, err := c.NewRequest(t.Context(), http.MethodPost, path, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("X-Team", header)
		}
		return c.Key(req)
	}
	for _, tt := range []struct{ path, header, body, want string }{
		{"/json", "", `{"options": {"model": "gpt"}}`, "ask/j-gpt"},
		{"/json", "", `{"options": {}}`, "ask/rest"},
		{"/json", "", `no JSON`, "ask/rest"},
		{"/json", "", ``, "ask/rest"},
		{"/json", "", `{"options": {"model": "` + strings.Repeat("x", 201) + `"}}`, "ask/rest"},
		{"/header", "red", ``, "ask/h-red"},
		{"/header", "", ``, "ask/rest"},
		{"/query?shop=a%20b", "", ``, "ask/q-a b"},
		{"/query?shop=", "", ``, "ask/rest"},
		{"/query", "", ``, "ask/rest"},
	} {
		if got := key(tt.path, tt.header, tt.body); !sameKey(got, tt.want) {
			t.Errorf("%s %q %q: key %q, want %q", tt.path, tt.header, tt.body, got, tt.want)
		}
	}
	keys := map[string]bool{}
	for i := range 1000 {
		keys[key(fmt.Sprintf("/query?shop=s%d", i), "", "")] = true
	}
	if len(keys) < 100 || len(keys) > 201 {
		t.Errorf("1000 values have %d keys, want some to have their own and the others to share one", len(keys))
	}
}

// sameKey compares a key with one in which a space stands for whatever keys have in its place.
func sameKey(got, want string) bool {
	before, after, anything := strings.Cut(want, " ")
	return got == want || anything && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)
}
