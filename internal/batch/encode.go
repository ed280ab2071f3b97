package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/rawjson"
)

// lineSize returns about how many bytes the result of e takes, at most.
func lineSize(e *entry, a *Answer, body form, headers bool) int64 {
	n := 640 + costSize*len(a.Cost) + len(e.req.ID) + 2*len(e.req.Path) + body.size(a.Body)
	if e.done.Err != nil {
		n += 2 * len(e.done.Err.Message)
	}
	if e.done.File != nil {
		n += 128 + len(e.done.File.Name)
	}
	if a.Job != nil {
		n += 64 + 6*len(a.Job.URL)
	}
	if a.List != nil {
		n += 64 + 6*len(a.List.Next)
	}
	if headers {
		for name, values := range a.Header {
			n += len(name) + 8
			for _, value := range values {
				n += 2*len(value) + 3
			}
		}
	}
	return int64(n)
}

// appendResult appends the result of e, with the end of its line.
func appendResult(dst []byte, e *entry, a *Answer, body form, headers bool) []byte {
	dst = appendRequest(append(dst, '{'), &e.req)
	if a.Status != 0 {
		dst = strconv.AppendInt(append(dst, `,"status":`...), int64(a.Status), 10)
	}
	dst = strconv.AppendBool(append(dst, `,"ok":`...), e.done.Outcome == OK)
	dst = body.append(dst, a.Body)
	if e.done.File != nil {
		dst = appendFile(dst, e.done.File)
	}
	if a.List != nil {
		dst = appendList(dst, a.List)
	}
	if a.Job != nil {
		dst = resume.AppendJob(dst, a.Job)
	}
	if e.done.Err == nil || e.done.Err.Kind != KindInput {
		dst = strconv.AppendInt(append(dst, `,"attempts":`...), int64(a.Attempts), 10)
		dst = appendMillis(append(dst, `,"waited_ms":`...), a.Waited)
		dst = appendMillis(append(dst, `,"elapsed_ms":`...), a.Elapsed)
	}
	if a.Cache != "" {
		dst = rawjson.AppendQuoted(append(dst, `,"cache":`...), a.Cache)
	}
	dst = appendCosts(dst, a.Cost)
	dst = appendAt(dst, a.At)
	if a.Status != 0 && a.Err == nil && !e.bodyLost {
		dst = appendResponseHash(dst, e, a.Body)
	}
	if headers && a.Header != nil {
		dst = appendHeaders(append(dst, `,"headers":`...), a.Header)
	}
	if err := e.done.Err; err != nil {
		dst = rawjson.AppendQuoted(append(dst, `,"error":{"kind":`...), string(err.Kind))
		dst = append(rawjson.AppendQuoted(append(dst, `,"message":`...), err.Message), '}')
	}
	return append(dst, '}', '\n')
}

// timeLayout is how times are written: RFC 3339 in UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// appendAt appends a time in UTC with milliseconds.
func appendAt(dst []byte, at time.Time) []byte {
	dst = at.UTC().AppendFormat(append(dst, `,"at":"`...), timeLayout)
	return append(dst, '"')
}

// appendResponseHash appends the SHA-256 of the body as it was received.
func appendResponseHash(dst []byte, e *entry, body []byte) []byte {
	sum := sha256.Sum256(body)
	if e.done.File != nil {
		sum = e.done.File.SHA256
	}
	dst = hex.AppendEncode(append(dst, `,"response_sha256":"`...), sum[:])
	return append(dst, '"')
}

// appendFile appends where a response is.
func appendFile(dst []byte, f *bodyfiles.File) []byte {
	dst = rawjson.AppendQuoted(append(dst, `,"file":`...), f.Name)
	dst = strconv.AppendInt(append(dst, `,"bytes":`...), f.Size, 10)
	dst = hex.AppendEncode(append(dst, `,"sha256":"`...), f.SHA256[:])
	return append(dst, '"')
}

// appendList appends how far a list came.
func appendList(dst []byte, l *List) []byte {
	dst = strconv.AppendInt(append(dst, `,"pages":`...), int64(l.Pages), 10)
	dst = strconv.AppendInt(append(dst, `,"items":`...), l.Items, 10)
	if l.Next != "" {
		dst = rawjson.AppendQuoted(append(dst, `,"next":`...), l.Next)
	}
	return dst
}

// appendRequest appends what tells a record from others. What could not be read of it is left out.
func appendRequest(dst []byte, r *Request) []byte {
	if r.ID != nil {
		dst = append(append(append(dst, `"id":`...), r.ID...), ',')
	}
	dst = strconv.AppendInt(append(dst, `"line":`...), int64(r.Line), 10)
	if r.SHA256 != [32]byte{} {
		dst = hex.AppendEncode(append(dst, `,"request_sha256":"`...), r.SHA256[:])
		dst = append(dst, '"')
	}
	if r.Occurrence > 1 {
		dst = strconv.AppendUint(append(dst, `,"occurrence":`...), uint64(r.Occurrence), 10)
	}
	if r.Reused {
		dst = append(dst, `,"id_reused":true`...)
	}
	path := `,"path":`
	if r.ByURL {
		path = `,"url":`
	}
	for _, member := range [...]struct{ name, value string }{
		{`,"api":`, r.API}, {`,"method":`, r.Method}, {path, r.Path},
	} {
		if member.value != "" {
			dst = rawjson.AppendQuoted(append(dst, member.name...), member.value)
		}
	}
	return dst
}

func appendMillis(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, d.Milliseconds(), 10)
}

// appendHeaders appends an object of arrays: a header can have several values.
func appendHeaders(dst []byte, header http.Header) []byte {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(header)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(rawjson.AppendQuoted(dst, name), ':', '[')
		for j, value := range header[name] {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = rawjson.AppendQuoted(dst, value)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
