package send

import (
	"context"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/sendctx"
)

// withCosts has the requests of a record take what the record says, or else what the command line says of all.
func (s *Sender) withCosts(ctx context.Context, r *batch.Request) context.Context {
	switch {
	case r.Job != nil: // a poll takes what is estimated
	case r.Cost != nil:
		return sendctx.WithCosts(ctx, r.Cost)
	case s.Options.Cost != nil:
		return sendctx.WithCostsOfAll(ctx, s.Options.Cost)
	}
	return ctx
}

// CheckCosts gives costs that the command line says of every record of an api the names of its units. A unit that it does
// not have is an error. An empty api stands for any.
func (s *Sender) CheckCosts(api string, costs map[string]int64) (map[string]int64, error) {
	if costs == nil || api == "" {
		return costs, nil
	}
	c, release, err := s.client(&batch.Request{API: api})
	defer release()
	if err != nil {
		return nil, err
	}
	return apiclient.NameCosts(api, c.Units(), costs)
}
