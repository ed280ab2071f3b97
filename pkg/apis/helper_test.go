package apis_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
)

// wire serves requests in this process.
type wire http.HandlerFunc

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w(rec, req)
	resp := rec.Result()
	resp.Request = req
	return resp, nil
}

// env is an environment for tests.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}
