package oauth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxTokenResponse is how much of a token response is read.
const maxTokenResponse = 1 << 20

// readToken normalizes a token response to RFC 6749: servers send JSON as text/plain, or a form as JSON, and write
// expires_in as 3600.0.
func readToken(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenResponse))
	resp.Body.Close()
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	media := resp.Header.Get("Content-Type")
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		media, text = "application/json", tokenObject(text)
	case bytes.Contains(text, []byte("access_token=")):
		media, text = "application/x-www-form-urlencoded", tokenFields(text)
	}
	resp.Header = resp.Header.Clone()
	resp.Header.Set("Content-Type", media)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return nil
}

// tokenObject returns a JSON token response with expires_in as an integer.
func tokenObject(text []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members["expires_in"] == nil {
		return text
	}
	life := string(members["expires_in"])
	if quoted := ""; json.Unmarshal(members["expires_in"], &quoted) == nil {
		life = quoted
	}
	members["expires_in"] = json.RawMessage(wholeSeconds(life))
	out, err := json.Marshal(members)
	if err != nil {
		return text // unreachable: it was valid JSON
	}
	return out
}

// tokenFields returns a form token response with expires_in as an integer.
func tokenFields(text []byte) []byte {
	values, err := url.ParseQuery(string(text))
	if err != nil || !values.Has("expires_in") {
		return text
	}
	values.Set("expires_in", wholeSeconds(values.Get("expires_in")))
	return []byte(values.Encode())
}

// wholeSeconds returns a lifetime as an integer; 0, which means unknown, if it is not a number.
func wholeSeconds(s string) string {
	life, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(life) || life < 0 {
		return "0"
	}
	return strconv.FormatInt(int64(min(life, math.MaxInt32)), 10)
}
