package transport

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func compressed(t *testing.T, encoding string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	case "flate":
		w, err = flate.NewWriter(&out, 5)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// answering is a wire that gives one answer.
type answering struct {
	encoding string
	body     []byte
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Encoding": {a.encoding}}, Body: io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
	}, nil
}

func decompressed(t *testing.T, a answering) (string, int64, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://h", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := Decompress(a).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), resp.ContentLength, err
}

func TestDecompress(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("the same again and again, ", 10_000)
	for name, a := range map[string]answering{
		"gzip":                 {"gzip", compressed(t, "gzip", []byte(text))},
		"x-gzip":               {"X-GZIP", compressed(t, "gzip", []byte(text))},
		"two members":          {"gzip", append(compressed(t, "gzip", []byte(text[:1000])), compressed(t, "gzip", []byte(text[1000:]))...)},
		"deflate":              {"deflate", compressed(t, "zlib", []byte(text))},
		"deflate without zlib": {"deflate", compressed(t, "flate", []byte(text))},
		"br":                   {"br", compressed(t, "br", []byte(text))},
		"zstd":                 {"zstd", compressed(t, "zstd", []byte(text))},
		"twice":                {"gzip, br", compressed(t, "br", compressed(t, "gzip", []byte(text)))},
		"identity":             {"identity", []byte(text)},
		"none":                 {"None", []byte(text)},
	} {
		got, length, err := decompressed(t, a)
		if err != nil || got != text {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(text))
		}
		if length >= 0 && name != "identity" && name != "none" {
			t.Errorf("%s: the length is still %d", name, length)
		}
	}
	var far bytes.Buffer
	w, err := zstd.NewWriter(&far, zstd.WithWindowSize(2*maxWindow))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * maxWindow / len(text) {
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := decompressed(t, answering{"zstd", far.Bytes()}); err == nil {
		t.Error("a window above 8 MiB is accepted")
	}
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		if got, _, err := decompressed(t, answering{encoding, nil}); got != "" || err != nil {
			t.Errorf("%s of nothing: %q, %v, want nothing", encoding, got, err)
		}
		if _, _, err := decompressed(t, answering{encoding, []byte("no such thing at all")}); err == nil {
			t.Errorf("%s of plain text: no error", encoding)
		}
		whole := compressed(t, strings.Replace(encoding, "deflate", "zlib", 1), []byte(text))
		if _, _, err := decompressed(t, answering{encoding, whole[:len(whole)/2]}); err == nil {
			t.Errorf("%s that breaks off: no error", encoding)
		}
	}
}
