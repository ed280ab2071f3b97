package partial

import (
	"net/http"
	"testing"
)

// TestVerdict says of responses to a request for what follows the first 100 bytes what they mean.
func TestVerdict(t *testing.T) {
	of := origin{ETag: `"a"`, LastModified: "Mon, 02 Nov 2026 10:00:00 GMT", Total: 300}
	for _, tt := range []struct {
		status int
		span   string // Content-Range
		etag   string
		offset int64
		want   Verdict
	}{
		{206, "bytes 100-299/300", `"a"`, 100, Append},
		{206, "bytes 100-299/*", "", 100, Append},
		{206, "bytes 100-150/300", `"a"`, 100, Append}, // less than asked for: the next request asks for the rest
		{206, "bytes 100-399/400", `"a"`, 100, Again},  // a log that has grown under the same tag is another thing
		{206, "bytes 100-299/300", `"b"`, 100, Again},
		{206, "bytes 0-299/300", `"a"`, 100, Wrong},
		{206, "bytes 101-299/300", `"a"`, 100, Wrong},
		{206, "", `"a"`, 100, Wrong},
		{206, "bytes 100-300/300", `"a"`, 100, Wrong},
		{206, "bytes 0-299/300", `"a"`, 0, Wrong}, // nothing of the kind was asked for
		{200, "", `"b"`, 100, Whole},
		{200, "", "", 0, Whole},
		{416, "bytes */100", `"a"`, 100, Again}, // it was said to have 300
		{416, "bytes */50", "", 100, Again},
		{416, "", "", 100, Again},
		{416, "bytes */300", `"a"`, 300, Nothing},
		{416, "bytes */300", `"b"`, 300, Again},
		{416, "bytes */0", "", 0, Neither},
		{404, "", "", 100, Neither},
		{503, "bytes 100-299/300", `"a"`, 100, Neither},
	} {
		h := http.Header{}
		if tt.span != "" {
			h.Set("Content-Range", tt.span)
		}
		if tt.etag != "" {
			h.Set("ETag", tt.etag)
		}
		if got := of.verdict(&http.Response{StatusCode: tt.status, Header: h}, tt.offset); got != tt.want {
			t.Errorf("%d, Content-Range %q, ETag %q behind %d bytes: %d, want %d", tt.status, tt.span, tt.etag, tt.offset, got, tt.want)
		}
	}
}

// TestAsk says what a part asks for.
func TestAsk(t *testing.T) {
	for _, tt := range []struct {
		of      origin
		ifRange string
	}{
		{origin{ETag: `"a"`, LastModified: "then"}, `"a"`},
		{origin{ETag: `W/"a"`, LastModified: "then"}, "then"},
		{origin{ETag: `W/"a"`}, ""},
	} {
		h := http.Header{}
		tt.of.ask(h, 7)
		if got := h.Get("Range"); got != "bytes=7-" {
			t.Errorf("Range is %q", got)
		}
		if got := h.Get("If-Range"); got != tt.ifRange {
			t.Errorf("If-Range is %q, want %q", got, tt.ifRange)
		}
	}
}

// FuzzContentRange holds what is read to what the field can mean.
func FuzzContentRange(f *testing.F) {
	for _, text := range []string{"bytes 5-9/10", "bytes */10", "bytes 5-9/*", "bytes -1-9/10", "bytes 9-5/10", "items 1-2/3", "bytes 1/2", "bytes"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, total, ok := contentRange(text)
		switch {
		case ok && (first < -1 || total < -1 || total >= 0 && first >= total && first > 0):
			t.Errorf("%q: %d of %d", text, first, total)
		}
	})
}
