// Package proxy is an HTTP endpoint in front of one API, for programs in any language: it forwards requests through
// the API's client, which limits their rate, adds the credential and retries them where that is safe.
//
// # The path of a request
//
//	guard     the Host has to be one of ours, and no web page may be behind it
//	body      what fits into a bounded buffer can be sent again; the rest is streamed; no client is waited for
//	          without end
//	outgoing  where the request leads at the API, and what of its headers stays
//	forward   httputil.ReverseProxy: hop-by-hop headers, streams, flushes
//	tripper   counts who waits, and ends waits when the proxy stops
//	          then the client's transport: credential, limiter, retries
//	home      what a response says of further requests leads back to the proxy
//	response  net/http adds nothing to it
package proxy
