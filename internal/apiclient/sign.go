package apiclient

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/httpcheck"
)

// signingTransport signs requests to the profile's own origin once the limiter has let them pass: each attempt for
// itself, because a signature holds for minutes.
type signingTransport struct {
	base http.RoundTripper
	c    *Client
}

// mostSignatures is how many signatures a client redacts by value. They hold for one request and a few minutes; what
// shows requests shows few.
const mostSignatures = 256

// RoundTrip implements http.RoundTripper.
func (t *signingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	_, own := req.Header["Authorization"]
	if own || !t.c.profile.Owns(req.URL) || crossedOrigin(req.Context()) {
		return t.base.RoundTrip(req)
	}
	hash, err := bodyHash(req)
	if err == nil {
		req, err = t.c.signed(req, hash)
	}
	if err != nil {
		closeBody(req)
		return nil, &httpcheck.UnsendableError{Err: err}
	}
	return t.base.RoundTrip(req)
}

// signed returns a request with what its signature consists of.
func (c *Client) signed(req *http.Request, hash string) (*http.Request, error) {
	sent := req.WithContext(req.Context())
	sent.Header = maps.Clone(req.Header)
	if keys := c.credential.Keys(); keys != nil {
		return sent, c.redacting(sent, func() error { return signAWS(sent, keys, hash, time.Now()) })
	}
	return sent, c.redacting(sent, func() error { return c.signByCommand(sent, hash) })
}

// redacting has what sign adds to a request redacted from then on.
func (c *Client) redacting(req *http.Request, sign func() error) error {
	before := maps.Clone(req.Header)
	if err := sign(); err != nil {
		return err
	}
	for name, values := range req.Header {
		if _, was := before[name]; was || strings.HasPrefix(name, "X-Amz-Date") || strings.HasPrefix(name, "X-Amz-Content") {
			continue
		}
		for _, value := range values {
			c.addSignature(value)
		}
	}
	return nil
}

// addSignature redacts a header's value, and of AWS's the signature by itself.
func (c *Client) addSignature(value string) {
	if c.signatures.Add(1) > mostSignatures {
		return
	}
	c.secrets.Add(value)
	if _, signature, ok := strings.Cut(value, "Signature="); ok {
		c.secrets.Add(signature)
	}
}

// signAWS signs a request with AWS Signature Version 4.
func signAWS(req *http.Request, k *credential.Keys, hash string, now time.Time) error {
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = k.Service == "s3" })
	if k.Service == "s3" {
		req.Header["X-Amz-Content-Sha256"] = []string{hash}
	}
	keys := aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Session}
	return signer.SignHTTP(req.Context(), keys, req, hash, k.Service, k.Region, now)
}

// signByCommand has the profile's program sign a request.
func (c *Client) signByCommand(req *http.Request, hash string) error {
	shown := req.Header.Clone()
	shown.Set("Host", req.Host)
	h, err := credential.Sign(req.Context(), c.profile.Name, c.credential.Signer(), &credential.SignRequest{
		Method: req.Method, URL: req.URL.String(), Headers: shown, BodySHA256: hash,
	})
	maps.Copy(req.Header, h)
	return err
}

// errUnreadable says that a body is sent as it comes, so that nothing can be said of it before.
var errUnreadable = errors.New("standard input is too large to be kept, so it cannot be signed; send the body from a file")

// bodyHash is the SHA-256 of a request's body.
func bodyHash(req *http.Request) (string, error) {
	sum := sha256.New()
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return "", errUnreadable
		}
		body, err := req.GetBody()
		if err != nil {
			return "", err
		}
		defer body.Close()
		if _, err := io.Copy(sum, body); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
