package proxy

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// metrics are what the proxy counts. They cost a few atomic additions a request.
type metrics struct {
	codes    [600]atomic.Int64 // answers, by status
	attempts atomic.Int64
	flying   atomic.Int64 // requests not answered
	waiting  atomic.Int64 // of those, not on the wire
	waited   atomic.Int64 // nanoseconds, for limits and between repeats
	took     atomic.Int64 // nanoseconds, to the response's header
	within   [len(bounds) + 1]atomic.Int64
}

// bounds of the histogram, in milliseconds.
var bounds = [...]int64{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000} //nolint:gochecknoglobals // an array cannot be a constant

// answered counts a response, the proxy's own ones too.
func (m *metrics) answered(status int, report *sendctx.Report, took time.Duration) {
	m.codes[max(0, min(status, len(m.codes)-1))].Add(1)
	m.attempts.Add(int64(report.Attempts))
	m.waited.Add(int64(report.Waited))
	m.took.Add(int64(took))
	i, _ := slices.BinarySearch(bounds[:], took.Milliseconds())
	m.within[i].Add(1)
}

// A page writes metrics in Prometheus's text format.
type page struct {
	strings.Builder
	api string
}

// describe begins a metric.
func (p *page) describe(name, kind, help string) {
	fmt.Fprintf(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// value adds a value; labels are names and values in turn.
func (p *page) value(name string, value float64, labels ...string) {
	fmt.Fprintf(p, "%s{api=%s", name, quoted(p.api))
	for i := 0; i+1 < len(labels); i += 2 {
		fmt.Fprintf(p, ",%s=%s", labels[i], quoted(labels[i+1]))
	}
	fmt.Fprintf(p, "} %s\n", strconv.FormatFloat(value, 'g', -1, 64))
}

// quoted writes the value of a label.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// write writes all metrics. known is what is known of the API's keys.
func (m *metrics) write(w io.Writer, api string, throttles int64, known map[string]limiter.Learned, now time.Time) error {
	p := &page{api: api}
	p.describe("arl_proxy_requests_total", "counter", "Requests answered, by the status that the client got.")
	for code := range m.codes {
		if n := m.codes[code].Load(); n > 0 {
			p.value("arl_proxy_requests_total", float64(n), "code", strconv.Itoa(code))
		}
	}
	p.single("arl_proxy_attempts_total", "counter", "Requests sent to the API, repeats included.", float64(m.attempts.Load()))
	p.single("arl_proxy_throttles_total", "counter", "Attempts that the API throttled because of a limit.", float64(throttles))
	p.single("arl_proxy_in_flight", "gauge", "Requests that are not answered yet.", float64(m.flying.Load()))
	p.single("arl_proxy_waiting", "gauge", "Requests that wait for a limit or to be repeated.", float64(m.waiting.Load()))
	p.single("arl_proxy_wait_seconds_total", "counter", "Time that requests have waited for limits and between repeats.", seconds(m.waited.Load()))
	m.histogram(p)
	m.keys(p, known, now)
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *page) single(name, kind, help string, value float64) {
	p.describe(name, kind, help)
	p.value(name, value)
}

func (m *metrics) histogram(p *page) {
	const name = "arl_proxy_request_duration_seconds"
	p.describe(name, "histogram", "Time from a request to the header of its response, waits included.")
	var sum int64
	for i := range m.within {
		sum += m.within[i].Load()
		bound := "+Inf"
		if i < len(bounds) {
			bound = strconv.FormatFloat(float64(bounds[i])/1000, 'g', -1, 64)
		}
		p.value(name+"_bucket", float64(sum), "le", bound)
	}
	p.value(name+"_sum", seconds(m.took.Load()))
	p.value(name+"_count", float64(sum))
}

// keys writes what was learned.
func (m *metrics) keys(p *page, known map[string]limiter.Learned, now time.Time) {
	names := slices.Sorted(maps.Keys(known))
	p.describe("arl_rate", "gauge", "Requests per second that are sent at most, by key.")
	for _, key := range names {
		p.value("arl_rate", known[key].Rate, "key", key)
	}
	p.describe("arl_limit", "gauge", "Requests per second that the API allows, or that it throttled while that is not measured yet, by key; absent while nothing was throttled.")
	for _, key := range names {
		if limit := known[key].Ceiling; limit > 0 {
			p.value("arl_limit", limit, "key", key)
		}
	}
	p.describe("arl_pause_seconds", "gauge", "How long nothing will be sent because the API asked for it, by key.")
	for _, key := range names {
		p.value("arl_pause_seconds", max(0, known[key].PausedUntil.Sub(now).Seconds()), "key", key)
	}
}

func seconds(nanoseconds int64) float64 { return time.Duration(nanoseconds).Seconds() }
