package session

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/fetch"
)

// SendOptions are the flags of everything that sends: the request commands and batch.
type SendOptions struct {
	wireFlags
	authOptions
	Header    []string
	Location  bool
	MaxTime   time.Duration
	UserAgent string
	Retry     int
	// RetryMaxTime is how long after its first attempt a request may be retried; 0: without bound.
	RetryMaxTime time.Duration

	Rate    float64 // requests per second; 0 means none
	MaxWait time.Duration
	Cost    map[string]int64 // what a request takes of units
	NoLearn bool
	TurnFlags

	ReadOnly bool
	CacheFlags
	Explain bool
	LogJSON string
	Silent  bool
	NoMeter bool

	Connections int      // kept alive per host; not a flag of its own
	MaxIdle     int      // kept alive in all; no flag either
	Received    int      // bytes an HTTP/2 server may send ahead, see transport.Options; no flag either
	curlConfigs []string // the files of -K that were read
	AgentGiven  bool     // -A was given, perhaps as nothing
}

// AddFlags adds the flags of everything that sends.
func (o *SendOptions) AddFlags(f *pflag.FlagSet, in io.Reader) {
	o.wireFlags.addFlags(f)
	f.VarP(&configValue{flags: f, in: in, names: &o.curlConfigs}, "curl-config", "K", "Read options from `FILE` in curl's format (- for standard input)")
	f.VarP((*cli.StringsValue)(&o.Header), "header", "H", "Send the header `LINE`; \"Name: value\", \"Name:\" to remove it, or @file")
	f.BoolVarP(&o.Location, "location", "L", false, "Follow redirects; credentials are sent to the profile's origin only")
	f.VarP((*cli.DurationValue)(&o.MaxTime), "max-time", "m", "Allow `DURATION` for each attempt, such as 5 (seconds), 2.5 or 1m30s, not counting waits for limits")
	f.StringVarP(&o.UserAgent, "user-agent", "A", "", "Send `NAME` as User-Agent")
	o.authOptions.addFlags(f)
	f.IntVar(&o.Retry, "retry", 3, "Retry up to `N` times after a failure, where that is safe")

	f.Var((*cli.DurationValue)(&o.RetryMaxTime), "retry-max-time", "Start no retry later than `DURATION` after the first attempt; 0 means no limit")

	f.Var((*RateValue)(&o.Rate), "rate", "Never send faster than `N/s`; also N/m and N/h")
	o.TurnFlags.addFlags(f)
	f.BoolVar(&o.NoLearn, "no-learn", false, "Use learned rates without updating them")
	f.BoolVar(&o.ReadOnly, "read-only", false, "Send only GET, HEAD, OPTIONS, and POSTs that idempotent_posts lists")
	o.CacheFlags.addFlags(f)
	f.BoolVar(&o.Explain, "explain", false, "Explain each throttle, wait and change of the rate")
	f.StringVar(&o.LogJSON, "log-json", "", "Write one line of JSON for each attempt to `FILE` (- for standard error)")
	f.BoolVar(&o.NoMeter, "no-progress-meter", false, "Hide the progress line; keep messages and errors")
	f.BoolVarP(&o.Silent, "silent", "s", false, "Hide progress, messages and errors")
}

// Check rejects values that cannot be meant.
func (o *SendOptions) Check() error {
	switch {
	case o.MaxTime < 0:
		return cli.Usagef("0 means no limit", "--max-time must not be negative")
	case o.MaxWait < 0:
		return cli.Usagef("0 means no limit", "--max-wait must not be negative")
	case o.RetryMaxTime < 0:
		return cli.Usagef("0 means no limit", "--retry-max-time must not be negative")
	case o.Retry < 0:
		return cli.Usagef("0 means no retries", "--retry must not be negative")
	}
	if err := cmp.Or(o.authOptions.check(), o.CacheFlags.check()); err != nil {
		return err
	}
	return o.wireFlags.check()
}

// Apply copies what is said of every request.
func (o *SendOptions) Apply(to *fetch.Options) {
	to.Header, to.UserAgent, to.Cost = o.Header, o.UserAgent, o.Cost
	o.apply(to)
	to.NoUserAgent = o.AgentGiven && o.UserAgent == ""
	to.Follow, to.Retry, to.MaxWait = o.Location, o.Retry, o.MaxWait
	to.Timeout, to.RetryMaxTime = o.MaxTime, o.RetryMaxTime
	to.Compressed, to.IfChanged = o.Compressed, o.IfChanged
}

// RateValue is a flag such as 5/s, 300/m, 1000/h.
type RateValue float64

// String implements pflag.Value.
func (r *RateValue) String() string {
	if *r == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*r), 'g', -1, 64) + "/s"
}

// Type implements pflag.Value.
func (r *RateValue) Type() string { return "N/s" }

// Set implements pflag.Value.
func (r *RateValue) Set(s string) error {
	number, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) {
		return fmt.Errorf("%q is not a rate such as 5/s, 300/m or 1000/h", s)
	}
	per, ok := map[string]float64{"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}[unit]
	if !ok {
		return fmt.Errorf("%q is not a rate such as 5/s, 300/m or 1000/h", s)
	}
	*r = RateValue(n / per)
	return nil
}

// DefaultMaxWait is how long one request waits for limits where nothing else is said.
const DefaultMaxWait = 15 * time.Minute
