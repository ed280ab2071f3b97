package fetch

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
)

// What an error says about an answer decides nothing: there may be anything in an answer.
func TestClassifyPrintError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"tls: bad", "malformed", "EOF"} {
		if got := failure.Classify(&failure.PrintError{Err: errors.New(text)}); got != failure.Other {
			t.Errorf("Classify(%s) = %v, want other", text, got)
		}
	}
	body := &answer{strings.NewReader("x")}
	if b, err := io.ReadAll(body); string(b) != "x" || err != nil {
		t.Errorf("ReadAll = %q, %v", b, err)
	}
}
