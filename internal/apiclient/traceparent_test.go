package apiclient

import "testing"

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

func TestParseTrace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		parent, state string
		want          trace
	}{
		{"00-" + traceID + "-" + spanID + "-01", "a=1, b=2", trace{traceID, 1, "a=1, b=2"}},
		{"00-" + traceID + "-" + spanID + "-00", "", trace{traceID, 0, ""}},
		{"00-" + traceID + "-" + spanID + "-ff", "a=\n", trace{traceID, 3, ""}},          // flags that are not known, a state that cannot be sent
		{"cc-" + traceID + "-" + spanID + "-01-what-will-be", "", trace{traceID, 1, ""}}, // a later version
	} {
		got, err := parseTrace(tt.parent, tt.state)
		if err != nil || *got != tt.want {
			t.Errorf("parseTrace(%q, %q) = %+v, %v, want %+v", tt.parent, tt.state, got, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", "00", traceID, "00-" + traceID + "-" + spanID + "-0", "00-" + traceID + "-" + spanID + "-01-", "00-" + traceID + "-" + spanID + "-zz",
		"ff-" + traceID + "-" + spanID + "-01", "0-0" + traceID + "-" + spanID + "-01", "00-" + traceID + "-0000000000000000-01",
		"00-00000000000000000000000000000000-" + spanID + "-01", "00-0AF7651916CD43DD8448EB211C80319C-" + spanID + "-01",
		"cc-" + traceID + "-" + spanID + "-01.what", "00_" + traceID + "-" + spanID + "-01",
	} {
		if got, err := parseTrace(bad, ""); err == nil {
			t.Errorf("parseTrace(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestEachAttemptHasItsOwnParent(t *testing.T) {
	t.Parallel()
	in := &trace{id: traceID, flags: 1}
	a, b := in.child(), in.child()
	if a == b {
		t.Errorf("two attempts have the parent %s", a)
	}
	if got, err := parseTrace(a, ""); err != nil || *got != *in {
		t.Errorf("parseTrace(%q) = %+v, %v, want %+v", a, got, err, in)
	}
}
