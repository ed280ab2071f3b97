package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shortest is how long a secret must be to be searched for: "pw" is in many a word.
const shortest = 6

// leaks searches texts for secrets, in every form that a program may write them in, and says what is where.
func leaks(texts map[string]string, secrets []string) []string {
	var found []string
	forms := make(map[string]string)
	for _, secret := range secrets {
		if len(secret) < shortest {
			continue
		}
		for name, form := range writtenAs(secret) {
			if _, known := forms[form]; !known || name == "as it is" {
				forms[form] = fmt.Sprintf("%q %s", secret, name)
			}
		}
	}
	for _, where := range slices.Sorted(maps.Keys(texts)) {
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			if at := strings.Index(texts[where], form); at >= 0 {
				around := texts[where][max(0, at-60):min(len(texts[where]), at+len(form)+60)]
				found = append(found, fmt.Sprintf("%s is in %s: %q", forms[form], where, around))
			}
		}
	}
	return found
}

// writtenAs returns the forms of a secret. It shares nothing with what hides them.
func writtenAs(secret string) map[string]string {
	quoted, percent, inJSON := strconv.Quote(secret), "", ""
	for _, b := range []byte(secret) {
		percent += fmt.Sprintf("%%%02X", b)
	}
	if text, err := json.Marshal(secret); err == nil {
		inJSON = string(text[1 : len(text)-1])
	}
	forms := map[string]string{
		"as it is":                 secret,
		"quoted":                   quoted[1 : len(quoted)-1],
		"in JSON":                  inJSON,
		"in JSON twice":            strings.ReplaceAll(inJSON, `\`, `\\`),
		"in JSON without HTML":     strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret),
		"in HTML":                  html.EscapeString(secret),
		"in a query":               url.QueryEscape(secret),
		"in a path":                url.PathEscape(secret),
		"in a query twice":         url.QueryEscape(url.QueryEscape(secret)),
		"in percent altogether":    percent,
		"in a query in lower case": lowerPercent(url.QueryEscape(secret)),
		"in a path in lower case":  lowerPercent(url.PathEscape(secret)),
		"in hex":                   hex.EncodeToString([]byte(secret)),
		"in HEX":                   strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for before := range 3 {
			text := enc.EncodeToString([]byte("\x00\x00"[:before] + secret))
			whole := text[(before*8+5)/6 : (before+len(secret))*8/6] // letters that nothing but the secret decides
			if len(whole) >= 8 {
				forms[fmt.Sprintf("in %s after %d", name, before)] = whole
			}
		}
	}
	maps.DeleteFunc(forms, func(_, form string) bool { return form == "" })
	return forms
}

func lowerPercent(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	const secret = `s3cr3t/t0ken+"val=ue"&<ü>`
	inJSON, err := json.Marshal(map[string]string{"url": "x?key=" + secret})
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{
		"plain":     "arl: GET /x?key=" + secret + ": 404",
		"JSON":      string(inJSON),
		"Go":        fmt.Sprintf("%q", "header "+secret),
		"percent":   "GET /x?" + url.Values{"a": {"b"}, "key": {secret}}.Encode(),
		"path":      "GET /" + url.PathEscape(secret) + "/x",
		"lower":     strings.ReplaceAll(url.QueryEscape(secret), "%2F", "%2f"),
		"twice":     "next=" + url.QueryEscape("/x?key="+url.QueryEscape(secret)),
		"hex":       hex.EncodeToString([]byte("me:" + secret + "\n")),
		"HEX":       fmt.Sprintf("%X", secret),
		"HTML":      "<p>" + html.EscapeString(secret),
		"basic":     "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+secret)),
		"basic 1":   "Basic " + base64.StdEncoding.EncodeToString([]byte("m:"+secret+"..")),
		"basic 2":   "Basic " + base64.StdEncoding.EncodeToString([]byte("you:"+secret)),
		"base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	delete(planted, "lower") // only where all escapes are lower, below
	planted["lower"] = lowerPercent(url.QueryEscape(secret))
	for name, text := range planted {
		if got := leaks(map[string]string{name: text}, []string{"another-one", secret}); len(got) == 0 {
			t.Errorf("%s: nothing found in %s", name, text)
		}
	}
	clean := map[string]string{
		"redacted": "arl: GET /x?key=[redacted]: 404", "part": secret[:8], "empty": "", "sum": "q@5e2b",
	}
	if got := leaks(clean, []string{secret, "", "404", "key"}); got != nil {
		t.Errorf("found %q where nothing is", got)
	}
}
