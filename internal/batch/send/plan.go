package send

import (
	"context"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Planned is what a record's request would be paced by.
type Planned struct {
	Key    string          // what its rate is keyed by
	Params *limiter.Params // how that is bounded
	Units  []apiclient.UnitCost
}

// Plan returns what the request of a record would be paced by, and what it would take by what is known of keys. It fails
// if the record cannot be sent.
func (s *Sender) Plan(r *batch.Request, known func(key string) (limiter.Learned, bool)) (*Planned, error) {
	c, release, err := s.client(r)
	defer release()
	if err != nil {
		return nil, err
	}
	req, err := requestOf(s.call(r).In(context.Background()), c, r, s.Run)
	if err != nil {
		return nil, err
	}
	if _, err := c.Prepared(req); err != nil {
		return nil, err
	}
	bucket := c.Profile().Bucket(r.Method, req.URL.EscapedPath())
	return &Planned{Key: c.Key(req), Params: c.Profile().Params(bucket), Units: c.UnitCosts(req, known)}, nil
}
