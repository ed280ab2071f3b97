package transport

import (
	"net"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	d, err := newDialer(net.Dialer{}, "", []string{
		"H.org:80:127.0.0.1", "+h:443:127.0.0.1,[::1]", "*:81:127.0.0.2", "gone:1:127.0.0.1", "-gone:1", "[::2]:80:127.0.0.3",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"h.org:80": {"127.0.0.1:80"}, "h:443": {"127.0.0.1:443", "[::1]:443"}, "*:81": {"127.0.0.2:81"}, "::2:80": {"127.0.0.3:80"},
	}
	if diff := cmp.Diff(want, d.hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "h", "h:80", "h:80:", "h:http:127.0.0.1", "h:0:127.0.0.1", "h:80:other", ":80:127.0.0.1"} {
		if _, err := newDialer(net.Dialer{}, "", []string{bad}); !failure.Is[*input.Error](err) {
			t.Errorf("--resolve %q: %v, want an InputError", bad, err)
		}
	}
}
