package headers_test

import (
	"testing"

	"github.com/arl-cli/arl/internal/headers"
)

// ordinary is what a server sends besides limits.
func ordinary() string {
	return `Content-Type: application/json; charset=utf-8
Content-Length: 200
Server: nginx
Vary: Accept-Encoding
Cache-Control: no-store
Etag: "33a64df5"
X-Request-Id: 6a1f
X-Content-Type-Options: nosniff
Strict-Transport-Security: max-age=1
Connection: keep-alive
`
}

func benchmarkReadSignal(b *testing.B, status int, lines string) {
	h, rules := header(ordinary()+lines), &headers.Rules{}
	b.ReportAllocs()
	for b.Loop() {
		headers.ReadSignal(rules, status, h, nil, now())
	}
}

func BenchmarkReadSignalPlain(b *testing.B) { benchmarkReadSignal(b, 200, "") }

func BenchmarkReadSignalSeconds(b *testing.B) {
	benchmarkReadSignal(b, 200, "X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 59\nX-RateLimit-Reset: 30")
}

func BenchmarkReadSignalGitHub(b *testing.B) {
	benchmarkReadSignal(b, 200, "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4999\nX-RateLimit-Reset: 1795438890\nX-RateLimit-Used: 1\nX-RateLimit-Resource: core")
}

func BenchmarkReadSignalOpenAI(b *testing.B) {
	benchmarkReadSignal(b, 200, "X-RateLimit-Limit-Requests: 500\nX-RateLimit-Remaining-Requests: 499\nX-RateLimit-Reset-Requests: 120ms\nX-RateLimit-Limit-Tokens: 30000\nX-RateLimit-Remaining-Tokens: 29000\nX-RateLimit-Reset-Tokens: 2s")
}

func BenchmarkReadSignalAnthropic(b *testing.B) {
	benchmarkReadSignal(b, 200, "Anthropic-RateLimit-Requests-Limit: 50\nAnthropic-RateLimit-Requests-Remaining: 49\nAnthropic-RateLimit-Requests-Reset: 2026-11-23T12:01:40Z")
}

func BenchmarkReadSignalStructured(b *testing.B) {
	benchmarkReadSignal(b, 200, "RateLimit-Policy: \"burst\";q=100;w=60,\"daily\";q=1000;w=86400\nRateLimit: \"burst\";r=50;t=30, \"daily\";r=900;t=3600")
}

func BenchmarkReadSignalRetryAfter(b *testing.B) {
	benchmarkReadSignal(b, 429, "Retry-After: 3")
}
