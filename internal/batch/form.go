package batch

import (
	"bytes"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A form is how the body of a response is written in a result.
type form int

const (
	asNothing form = iota // there is none
	asJSON                // under "json", as it came
	asText                // under "body"
	asBase64              // under "body_base64"
)

// formOf looks at a body. JSON is what is valid JSON, whatever its type is said to be; a lone number
// or word only if it is said to be JSON.
func formOf(body []byte, header http.Header) form {
	switch {
	case len(body) == 0:
		return asNothing
	case !utf8.Valid(body):
		return asBase64
	case (isCompound(body) || saysJSON(header)) && rawjson.Valid(body):
		return asJSON
	}
	return asText
}

func isCompound(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// saysJSON reports whether a response is said to be JSON: application/json, or any type with +json.
func saysJSON(header http.Header) bool {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// size returns how many bytes a body takes in this form at most.
func (f form) size(body []byte) int {
	switch f {
	case asJSON:
		return len(body)
	case asText:
		return rawjson.QuotedSize(body)
	case asBase64:
		return base64.StdEncoding.EncodedLen(len(body))
	}
	return 0
}

// append appends the member that holds a body.
func (f form) append(dst, body []byte) []byte {
	switch f {
	case asJSON:
		return rawjson.AppendLine(append(dst, `,"json":`...), body)
	case asText:
		return rawjson.AppendQuoted(append(dst, `,"body":`...), body)
	case asBase64:
		dst = append(dst, `,"body_base64":"`...)
		return append(base64.StdEncoding.AppendEncode(dst, body), '"')
	}
	return dst
}
