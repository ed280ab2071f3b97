//go:build !race

package batch

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/arl-cli/arl/internal/batch/resume"
)

// A million results are read in little memory; not while races are looked for. How fast is for `./bench/run resume`.
func TestReadPastOfAMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	const n = 1_000_000
	r, w := io.Pipe()
	go func() {
		var block bytes.Buffer
		for i := range n {
			fmt.Fprintf(&block, `{"id":%d,"line":%d,"request_sha256":"%064x","api":"x","method":"GET","path":"/items/%d","status":200,"ok":true,"json":{"id":%d,"text":"%0200d"},"attempts":1,"waited_ms":0,"elapsed_ms":12}`+"\n", i, i+1, i, i, i, i)
			if block.Len() > 1<<20 || i == n-1 {
				_, _ = w.Write(block.Bytes())
				block.Reset()
			}
		}
		w.Close()
	}()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	past, err := resume.ReadPast(r, resume.PastConfig{})
	if err != nil || past.OK != n {
		t.Fatalf("%d, %v", past.OK, err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
		t.Errorf("%d MiB, want less than 200", grown>>20)
	}
}
