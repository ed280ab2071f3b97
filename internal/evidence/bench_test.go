package evidence_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/arl-cli/arl/internal/evidence"
)

// What a manifest adds to each result: it has to stay a small part of what a record costs otherwise.
func BenchmarkResult(b *testing.B) {
	w, err := evidence.Create(filepath.Join(b.TempDir(), "m.ndjson"), false)
	if err != nil {
		b.Fatal(err)
	}
	line := fmt.Appendf(nil, `{"id":12345,"line":12345,"request_sha256":"%064d","api":"api","method":"GET","path":"/items/12345","status":200,"ok":true,"json":{"id":12345,"text":"%0150d"},"attempts":1,"waited_ms":0,"elapsed_ms":1,"at":"2026-11-30T12:00:00.000Z","response_sha256":"%064d"}`+"\n", 1, 2, 3)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		w.Result(line)
	}
	if err := w.Close(evidence.End{}); err != nil {
		b.Fatal(err)
	}
}
