package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// odd are texts at the edge of JSON.
func odd() []string {
	return []string{
		``, ` `, `{}`, `[]`, ` [ ] `, `{ }`, `[,]`, `[1,]`, `[1,,2]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`,
		`{"a":{"b":[1,2,{"c":null}]}}`, `[1}`, `{]`, `[`, `{"a":[}`, "\ufeff1", "[1]\x00", "1 2", "\v1",
		`0`, `-0`, `00`, `01`, `-`, `+1`, `1.`, `.5`, `1.5e`, `1e5`, `1E+05`, `1e-`, `-1.25E-3`, `0x1`, `1_0`, `NaN`, `Infinity`,
		`true`, `tru`, `truex`, `True`, `false`, `null`, `nul`, `nullnull`,
		`"`, `""`, `"a`, `"\"`, `"\\"`, `"\""`, `"\x"`, `"\u00e4"`, `"\u00E4"`, `"\u00g4"`, `"\u12"`, `"\u`, `"\`, "\"\t\"", "\"\x7f\"", `"\ud800"`,
		"\"\u2028ä\"", `"\/\b\f\n\r\t"`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for _, text := range odd() {
		if got, want := Valid([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("Valid(%.60q) = %v, want %v", text, got, want)
		}
	}
}

func FuzzValid(f *testing.F) {
	for _, text := range odd() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return
		}
		if got, want := Valid(data), json.Valid(data); got != want {
			t.Errorf("Valid(%q) = %v, want %v", data, got, want)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	body := []byte(`{"id":"17","name":"An item","state":"open","tags":["a","b","c"],"note":"` + strings.Repeat("x", 125) + "\"}\n")
	for name, valid := range map[string]func([]byte) bool{"Own": Valid, "Peer": json.Valid} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				valid(body)
			}
		})
	}
}
