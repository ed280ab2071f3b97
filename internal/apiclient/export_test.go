package apiclient

import (
	"context"
	"time"
)

// AskForToken asks for a token, and for how long it lives.
func AskForToken(ctx context.Context, c *Client) (token string, life time.Duration, err error) {
	return c.requestToken(ctx)
}
