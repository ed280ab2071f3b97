package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jq"
	"github.com/arl-cli/arl/pkg/limiter"
)

const (
	// maxBody is how much of a request's body is looked at for what it asks for.
	maxBody = 8 << 20
	// patience bounds an expression: it may go on for ever.
	patience = time.Second
)

// bodyOf returns the beginning of a request's body; nil if it has none, or one that can be read only once.
func bodyOf(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	r, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, maxBody))
	return b
}

// planUnits adds to a plan what a request takes of the units of its bucket.
func (c *Client) planUnits(plan *limiter.Plan, req *http.Request, bucket int) {
	units := c.profile.UnitsAt(bucket)
	if len(units) == 0 {
		return
	}
	var input []byte // made for the first expression
	costs := costsOf(req, units)
	for i := range units {
		u := &units[i]
		unit := limiter.Unit{Name: u.Name, Params: u.Params, Estimate: u.Fixed, Exact: false}
		switch n, given := costs[u.Name]; {
		case given:
			unit.Estimate, unit.Exact = n, true
		case u.Estimate != nil:
			if input == nil {
				input = requestInput(req)
			}
			if n, ok := c.evaluate(u.Estimate, input); ok {
				unit.Estimate = amount(n)
			} else {
				c.warnEstimate(u.Name)
			}
		}
		plan.Units = append(plan.Units, unit)
		plan.UnitRules = append(plan.UnitRules, u.Rule)
	}
	plan.Measure = func(resp *http.Response, body []byte, took []limiter.Unit) { c.measure(units, resp, body, took) }
}

// amount is a cost as it is counted; 0 is one that makes no sense.
func amount(n float64) int64 {
	if !(n >= 0 && n <= 1<<40) {
		return 0
	}
	return int64(math.Ceil(n))
}

// evaluate returns the number that an expression makes of its input; false if it makes none, or one that makes no sense.
func (c *Client) evaluate(f *jq.Filter, input []byte) (n float64, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := f.Run(ctx, bytes.NewReader(input), func(value []byte) error {
		var err error
		n, err = strconv.ParseFloat(string(value), 64)
		ok = err == nil && n >= 0 && n <= 1<<40
		return io.EOF // one is enough
	})
	return n, ok && (err == nil || err == io.EOF) //nolint:errorlint // as it was returned above
}

// warnEstimate says once that a unit's estimate is of no use.
func (c *Client) warnEstimate(unit string) {
	c.keys.once(unit, func() { c.warn(&EstimateError{API: c.profile.Name, Unit: unit}) })
}

// An EstimateError says that the expression which estimates what requests take of a unit is of no use.
type EstimateError struct{ API, Unit string }

// Error implements error.
func (e *EstimateError) Error() string {
	return e.API + ": the estimate of " + e.Unit + " is not a number of at least 0 for a request; the average of earlier requests is reserved instead"
}

// Hint returns the next step.
func (e *EstimateError) Hint() string {
	return "`arl apis show " + e.API + "` has the expression, under units"
}

// requestInput is what an estimate sees: {method, path, query, headers, json, bytes}.
func requestInput(req *http.Request) []byte {
	body := bodyOf(req)
	return encoded(map[string]any{
		"method": req.Method, "path": req.URL.Path, "query": firsts(req.URL.Query()), "headers": firsts(req.Header),
		"json": rawJSON(body), "bytes": max(int64(len(body)), req.ContentLength),
	})
}

// responseInput is what the other expressions see: {status, headers, json}.
func responseInput(resp *http.Response, body []byte) []byte {
	return encoded(map[string]any{"status": resp.StatusCode, "headers": firsts(resp.Header), "json": rawJSON(body)})
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return b
}

// firsts has the first value of each name, in lower case.
func firsts(values map[string][]string) map[string]string {
	out := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 0 {
			out[strings.ToLower(name)] = list[0]
		}
	}
	return out
}

// rawJSON is a body as JSON; nil if it is none.
func rawJSON(body []byte) json.RawMessage {
	if body = bytes.TrimSpace(body); len(body) == 0 || !json.Valid(body) {
		return nil
	}
	return body
}

// measure finds out what a request took of each unit.
func (c *Client) measure(units []config.CompiledUnit, resp *http.Response, body []byte, took []limiter.Unit) {
	inputs := responseInputs(resp, body)
	for i := range units {
		u, m := &units[i], &took[i]
		if u.Header == "" {
			c.newest(u.Actual, inputs, &m.Actual)
		} else if n, err := strconv.ParseFloat(strings.TrimSpace(resp.Header.Get(u.Header)), 64); err == nil {
			m.Actual = n
		}
		if c.newest(u.Remaining, inputs, &m.Remaining) {
			c.newest(u.Maximum, inputs, &m.Limit)
			c.newest(u.RestoreRate, inputs, &m.Refill)
		}
	}
}

// responseInputs are what expressions see of a response: its body or, of a stream, each of its events, the last one
// first, where usage is told.
func responseInputs(resp *http.Response, body []byte) [][]byte {
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return [][]byte{responseInput(resp, body)}
	}
	var inputs [][]byte
	for _, event := range slices.Backward(bytes.Split(body, []byte("\n"))) {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(event), []byte("data:"))
		if ok && len(inputs) < maxEvents && bytes.Contains(data, []byte("usage")) {
			inputs = append(inputs, responseInput(resp, data))
		}
	}
	return inputs
}

// maxEvents is how many events of a stream are looked at.
const maxEvents = 64

// newest sets to to the number that an expression makes of the first input it makes one of, and reports whether there
// is one.
func (c *Client) newest(f *jq.Filter, inputs [][]byte, to *float64) bool {
	if f == nil {
		return false
	}
	for _, input := range inputs {
		if n, ok := c.evaluate(f, input); ok {
			*to = n
			return true
		}
	}
	return false
}

// Units returns the names of the units that the requests of this client may take.
func (c *Client) Units() []string {
	var names []string
	for i := -1; i < len(c.profile.Buckets); i++ {
		names = append(names, unitNames(c.profile.UnitsAt(i))...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func unitNames(units []config.CompiledUnit) []string {
	names := make([]string, len(units))
	for i := range units {
		names[i] = units[i].Name
	}
	return names
}
