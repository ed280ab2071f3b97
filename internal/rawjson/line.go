package rawjson

import (
	"bytes"
	"encoding/json"
)

// AppendLine appends valid JSON as it is; if that would take several lines, without white space.
func AppendLine(dst, body []byte) []byte {
	body = bytes.TrimSpace(body)
	if bytes.IndexByte(body, '\n') < 0 && bytes.IndexByte(body, '\r') < 0 {
		return append(dst, body...)
	}
	out := bytes.NewBuffer(dst)
	if err := json.Compact(out, body); err != nil {
		return append(dst, "null"...) // cannot be: it is valid
	}
	return out.Bytes()
}
