package cli

import (
	"errors"
	"net"
	"net/http"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/oauth"
)

// proxyHint says what to do about a proxy that a request did not pass; empty if that is not what failed.
func proxyHint(err error) string {
	if tunnel, ok := errors.AsType[*httpcheck.TunnelError](err); ok {
		if tunnel.Denied() {
			return "nothing was sent; check user and password of the proxy, in -x or the environment"
		}
		return "nothing was sent; the proxy is that of -x or the environment; no_proxy makes exceptions"
	}
	if rejected, ok := errors.AsType[*oauth.ResponseError](err); ok && rejected.StatusCode == http.StatusProxyAuthRequired {
		return "check user and password of the proxy, in -x or the environment"
	}
	op, isOp := errors.AsType[*net.OpError](err)
	class := failure.Classify(err)
	if class == failure.ProxyDNS || class == failure.Proxy || isOp && op.Op == "proxyconnect" {
		return "check the proxy: -x, or http_proxy, https_proxy and all_proxy in the environment"
	}
	return ""
}
