package send

import (
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/sendctx"
)

// call is what the requests of a record ask for. They take what the record says, or else what the command line says of
// all records.
func (s *Sender) call(r *batch.Request) sendctx.Call {
	call := sendctx.Call{Waits: s.waits, GraphQL: r.GraphQL, Costs: r.Cost}
	switch {
	case r.Job != nil: // a poll takes what is estimated
		call.Costs = nil
	case r.Cost == nil:
		call.Costs, call.CostsOfAll = s.Options.Cost, s.Options.Cost != nil
	}
	return call
}

// CheckCosts gives costs that the command line says of every record of an api the names of its units. A unit that it does
// not have is an error. An empty api stands for any.
func (s *Sender) CheckCosts(api string, costs map[string]int64) (map[string]int64, error) {
	if costs == nil || api == "" {
		return costs, nil
	}
	c, release, err := s.client(&batch.Request{Request: record.Request{API: api}})
	defer release()
	if err != nil {
		return nil, err
	}
	return apiclient.NameCosts(api, c.Units(), costs)
}
