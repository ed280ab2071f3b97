package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// parameters are those of the query, and over them those of a body: JSON, or a form as browsers and many SDKs send it.
// Of several values of one name the first counts.
func parameters(r *http.Request) (map[string]string, error) {
	values := map[string]string{}
	for name, list := range r.URL.Query() {
		values[name] = list[0]
	}
	if r.Method != http.MethodPost {
		return values, nil
	}
	r.Body = io.NopCloser(io.LimitReader(r.Body, maxEcho))
	switch bodyForm(r) {
	case "json":
		return values, readJSON(r, values)
	case "form_data":
		return values, readForm(r, values)
	}
	return values, nil
}

// bodyForm is what a body holds by its type, in Slack's words: "json", "form_data" or nothing known.
func bodyForm(r *http.Request) string {
	switch kind := mediaType(r); {
	case strings.Contains(kind, "json"):
		return "json"
	case kind == "application/x-www-form-urlencoded", kind == "multipart/form-data":
		return "form_data"
	}
	return ""
}

func mediaType(r *http.Request) string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func readJSON(r *http.Request, into map[string]string) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		return fmt.Errorf("the body is not a JSON object: %w", err)
	}
	for name, value := range body {
		into[name] = fmt.Sprint(value)
	}
	return nil
}

// readForm reads a form of either kind. A file is not a value.
func readForm(r *http.Request, into map[string]string) error {
	err := r.ParseForm()
	if mediaType(r) == "multipart/form-data" {
		err = r.ParseMultipartForm(maxEcho) // all of it in memory
	}
	if err != nil {
		return fmt.Errorf("the body is not a form: %w", err)
	}
	for name, list := range r.PostForm {
		into[name] = list[0]
	}
	return nil
}
