package identity

import (
	"strings"
	"testing"
)

func TestParseShard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Shard{"1/1": {1, 1}, "3/8": {3, 8}, "8/8": {8, 8}, "1000000/1000000": {1e6, 1e6}} {
		if got, err := ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("ParseShard(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3", "3/", "/8", "0/8", "9/8", "-1/8", "1/0", "1/-8", "1/1000001", "a/8", "3/8/9", "3 / 8", "8+1/8", "-1+1/8", "+1/8", "1+2/8", "0+1+1/8", "0x3/8", "1.5/8"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("ParseShard(%q) = %v, want an error", text, got)
		}
	}
	for text, want := range map[string]Shard{"0+1/8": {1, 8}, "7+1/8": {8, 8}} {
		if got, err := ParseShard(text); err != nil || got != want {
			t.Errorf("ParseShard(%q) = %v, %v", text, got, err)
		}
	}
	if _, err := ParseShard("0/8"); !strings.Contains(err.Error(), "Kubernetes") {
		t.Errorf("0/8: %v", err)
	}
}
