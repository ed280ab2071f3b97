package sendctx

import "time"

// A Report is what one request took, all attempts and redirects together.
type Report struct {
	Attempts  int           // HTTP exchanges
	Waited    time.Duration // for limits and between retries
	Elapsed   time.Duration // of the last attempt
	Throttled bool          // the last response was a throttle, whatever its status: the request was not processed
	Unknown   bool          // the request may or may not have been processed, and was not retried
	Cost      []Cost        // what it took of each unit; nil if it took none
}

// Add adds what a further request took, such as the one for the next page of a list.
func (r *Report) Add(next *Report) {
	r.Attempts += next.Attempts
	r.Waited += next.Waited
	r.Elapsed, r.Throttled, r.Unknown = next.Elapsed, next.Throttled, next.Unknown
	for _, c := range next.Cost {
		r.AddCost(c.Unit, c.Estimated, c.Actual)
	}
}
