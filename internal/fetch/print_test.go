package fetch

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestRedactPrint(t *testing.T) {
	t.Parallel()
	secrets := []string{"tok-0123456789"}
	for in, want := range map[string]string{
		"nothing":                           "nothing",
		`got: string ("tok-0123456789")`:    `got: string ("[redacted]")`,
		`got: string ("tok-012345 ...")`:    `got: string ("[redacted] ...")`,
		`got: object ({"a":"tok-0123 ...})`: `got: object ({"a":"[redacted] ...})`,
	} {
		err := redactPrint(&PrintError{Err: errors.New(in), Hint: "h"}, secrets)
		bad, ok := errors.AsType[*PrintError](err)
		if !ok || bad.Error() != want || bad.Hint != "h" {
			t.Errorf("redactPrint(%s) = %v, want %s", in, err, want)
		}
	}
	if err := redactPrint(io.ErrShortWrite, secrets); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("redactPrint = %v, want the error itself", err)
	}
}

// What an error says about an answer decides nothing: there may be anything in an answer.
func TestClassifyPrintError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"tls: bad", "malformed", "EOF"} {
		if got := Classify(&PrintError{Err: errors.New(text)}); got != ClassOther {
			t.Errorf("Classify(%s) = %v, want other", text, got)
		}
	}
	body := &answer{strings.NewReader("x")}
	if b, err := io.ReadAll(body); string(b) != "x" || err != nil {
		t.Errorf("ReadAll = %q, %v", b, err)
	}
}
