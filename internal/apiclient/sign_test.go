package apiclient

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/credential"
)

// TestAWSVectors holds signatures against those of AWS's Signature Version 4 test suite (aws-sig-v4-test-suite).
func TestAWSVectors(t *testing.T) {
	t.Parallel()
	keys := &credential.Keys{ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: "service"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for name, v := range map[string]struct{ method, url, want string }{
		"get-vanilla":                      {"GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-query-order-key-case": {"GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"get-vanilla-empty-query-key":      {"GET", "/?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		"get-unreserved":                   {"GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		"post-vanilla":                     {"POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), v.method, "https://example.amazonaws.com"+v.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := bodyHash(req)
		if err == nil {
			err = signAWS(req, keys, hash, now)
		}
		const begins = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
		if got, ok := strings.CutPrefix(req.Header.Get("Authorization"), begins); err != nil || !ok || got != v.want {
			t.Errorf("%s: %s, %v, want %s", name, req.Header.Get("Authorization"), err, v.want)
		}
	}
}
