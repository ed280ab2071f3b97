package writeout

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Heads writes the heads of a response and of those that redirected to it, as curl -i does.
func Heads(w io.Writer, resp *http.Response) error {
	for _, h := range heads(resp) {
		if _, err := io.WriteString(w, h); err != nil {
			return err
		}
	}
	return nil
}

// heads lists the heads of the responses that led to the last one, and its own: status line and headers.
func heads(last *http.Response) (out []string) {
	for r := last; r != nil; r = r.Request.Response {
		var b strings.Builder
		proto, line := r.Proto, r.Status
		if r.ProtoMajor > 1 {
			proto, line = "HTTP/"+strconv.Itoa(r.ProtoMajor), strconv.Itoa(r.StatusCode)+" "
		}
		fmt.Fprintf(&b, "%s %s\r\n", proto, line)
		_ = fullHeader(r).Write(&b) // it never fails
		b.WriteString("\r\n")
		out = append(out, b.String())
	}
	slices.Reverse(out)
	return out
}

// fullHeader is a response's header with what net/http keeps apart.
func fullHeader(resp *http.Response) http.Header {
	if len(resp.TransferEncoding)+len(resp.Trailer) == 0 {
		return resp.Header
	}
	h := resp.Header.Clone()
	if len(resp.TransferEncoding) > 0 {
		h["Transfer-Encoding"] = resp.TransferEncoding
	}
	if len(resp.Trailer) > 0 {
		h["Trailer"] = []string{strings.Join(slices.Sorted(maps.Keys(resp.Trailer)), ", ")}
	}
	return h
}

// Trailers writes the headers that came behind a body, which was read to its end.
func Trailers(w io.Writer, resp *http.Response) error {
	var b bytes.Buffer
	_ = resp.Trailer.Write(&b) // it never fails
	if b.Len() == 0 {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}
