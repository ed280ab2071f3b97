package batch

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/batch/record"
)

func FuzzParse(f *testing.F) {
	for _, line := range []string{
		`/a`, `"\u0041\ud83d\ude00"`, `{"id":[1,{"a":"\\"}],"path":"/a","query":{"a":[1,true,"x"]},"headers":{"a":"b"}}`,
		`{"path":"/a","body_base64":"AAAA"}`, `{"path":"/a","json":{"a":[1,2,{"b":"\""}]},"method":"put"}`, `{"id":1,`, "{\"id\":\"\xff\"}",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		in := strings.NewReader(string(line))
		records := 0
		for part := range strings.SplitSeq(strings.TrimPrefix(string(line), "\ufeff"), "\n") {
			if strings.TrimSpace(part) != "" {
				records++
			}
		}
		out := &lineBuffer{t: t}
		s, err := New(Config{
			Inputs: []record.Input{{Name: "in", Reader: in}}, Output: out, API: "x", Sender: senderFunc(answerOK),
		}).Run(t.Context(), nil)
		if err != nil || s.Read != int64(records) || len(out.lines) != records {
			t.Fatalf("%d records: %+v, %d lines, %v", records, s, len(out.lines), err)
		}
		for _, line := range out.lines {
			if !json.Valid([]byte(line)) || !utf8.ValidString(line) {
				t.Fatalf("result %q is not JSON", line)
			}
		}
	})
}
