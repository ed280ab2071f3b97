package cli_test

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/oauth"
)

// What a proxy kept from its server is the proxy's matter, whatever the request was for.
func TestHintOfAProxy(t *testing.T) {
	t.Parallel()
	unreachable := &url.Error{Op: "Get", URL: "https://l.example", Err: &net.OpError{Op: "proxyconnect", Err: errors.New("connection refused")}}
	denied := &oauth.ResponseError{URL: "http://127.0.0.1:1", StatusCode: 407, Status: "407 Proxy Authentication Required"}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"the proxy is not there", unreachable, "check the proxy: -x"},
		{"discovery, and the proxy is not there", &oauth.DiscoveryError{Issuer: "https://l.example", Err: unreachable}, "check the proxy: -x"},
		{"discovery, without a tunnel", &oauth.DiscoveryError{Issuer: "http://127.0.0.1:1", Err: denied}, "check user and password of the proxy"},
		{"a token, without a tunnel", &apiclient.TokenError{API: "a", Err: denied}, "check user and password of the proxy"},
		{"a token, and no tunnel", &apiclient.TokenError{API: "a", Err: &httpcheck.TunnelError{Status: 502, Message: "502 Bad Gateway"}}, "no_proxy makes exceptions"},
		{"discovery, and the server is not there", &oauth.DiscoveryError{Issuer: "https://l.example", Err: &net.OpError{Op: "dial", Err: errors.New("x")}}, "check auth.issuer"},
		{"discovery, and the server says no", &oauth.DiscoveryError{Issuer: "https://l.example", Err: &oauth.ResponseError{StatusCode: 404}}, "check auth.issuer"},
	} {
		if got := cli.Hint(c.err); !strings.Contains(got, c.want) {
			t.Errorf("%s: the hint is %q, want %q in it", c.name, got, c.want)
		}
	}
}
