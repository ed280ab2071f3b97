package ratesfile

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/pacing"
)

// version is the version of the format. Fields of a newer one are kept as they are.
const version = 1

const header = "What arl has learned. Written by arl only: `arl rates` shows it, `arl rates reset KEY` forgets."

// entry is one key as written in the file.
type entry struct {
	Rate         float64   `yaml:"rate"`
	Ceiling      float64   `yaml:"ceiling"`
	Burst        int       `yaml:"burst"`
	Source       string    `yaml:"source"`
	Updated      time.Time `yaml:"updated"`
	Pause        float64   `yaml:"pause"`
	Concurrency  int       `yaml:"concurrency"`
	Budget       int64     `yaml:"budget"`
	Period       float64   `yaml:"period"`
	Refill       float64   `yaml:"refill"`
	PausedUntil  time.Time `yaml:"paused_until"`
	LastThrottle time.Time `yaml:"last_throttle"`
	UsedUntil    time.Time `yaml:"used_until"`
	Sent         int64     `yaml:"sent"`
	Accepted     int64     `yaml:"accepted"`
	Throttled    int64     `yaml:"throttled"`
	Events       int64     `yaml:"events"`

	// Of a unit, such as tokens.
	RequestMean    float64 `yaml:"request_mean"`    // what a request takes
	RequestLargest float64 `yaml:"request_largest"` // and the largest
	EstimateRatio  float64 `yaml:"estimate_ratio"`  // of what requests took to what was estimated
	EstimateSpread float64 `yaml:"estimate_spread"`
}

// learned turns an entry into what the limiter takes; false if its numbers make no sense.
func (e *entry) learned(now time.Time) (pacing.Learned, bool) {
	if !(e.Rate > 0) || math.IsInf(e.Rate, 0) || !(e.Ceiling >= 0) || math.IsInf(e.Ceiling, 0) {
		return pacing.Learned{}, false
	}
	l := pacing.Learned{
		Rate: e.Rate, Ceiling: e.Ceiling, Burst: e.Burst, Pause: seconds(e.Pause), Concurrency: e.Concurrency, Source: sourceOf(e.Source),
		Updated: e.Updated, PausedUntil: e.PausedUntil, LastThrottle: e.LastThrottle, UsedUntil: e.UsedUntil,
		Counts: pacing.Counts{Sent: e.Sent, Accepted: e.Accepted, Throttled: e.Throttled, Events: e.Events},
	}
	if e.Budget != 0 && e.Refill >= 0 && !math.IsInf(e.Refill, 0) {
		l.Budget = pacing.KnownBudget{ID: e.Budget, Period: seconds(e.Period), Refill: e.Refill}
	}
	if sizes := (pacing.Sizes{Mean: e.RequestMean, Largest: e.RequestLargest, Ratio: e.EstimateRatio, Spread: e.EstimateSpread}); sizes.Sound() {
		l.Sizes = sizes
	}
	if l.Updated.After(now) {
		l.Updated = now // the clock was ahead when it was written
	}
	return l, true
}

func sourceOf(name string) pacing.Source {
	for _, s := range []pacing.Source{pacing.SourceLearned, pacing.SourceHeader} {
		if s.String() == name {
			return s
		}
	}
	return pacing.SourceDefault
}

// document is the file as a tree, so that what this version does not know stays as it is.
type document struct {
	root, rates *yaml.Node
	read        map[string]*entry // what stood there when it was read
}

func newDocument() *document {
	d := &document{root: &yaml.Node{Kind: yaml.MappingNode, HeadComment: header}}
	set(d.root, "version", scalar("!!int", strconv.Itoa(version)))
	d.rates = child(d.root, "rates")
	return d
}

func parse(b []byte) (*document, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(b, &n); err != nil {
		return nil, err
	}
	if n.Kind == 0 {
		return newDocument(), nil
	}
	if n.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: not a mapping", n.Content[0].Line)
	}
	d := &document{root: n.Content[0]}
	d.rates = child(d.root, "rates")
	if d.rates.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: rates is not a mapping", d.rates.Line)
	}
	d.read = make(map[string]*entry, len(d.rates.Content)/2)
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		e := new(entry)
		if err := d.rates.Content[i+1].Decode(e); err != nil {
			return nil, err
		}
		d.read[d.rates.Content[i].Value] = e
	}
	return d, nil
}

// of returns what was read of a key; false if that is nothing, or makes no sense.
func (d *document) of(key string, now time.Time) (pacing.Learned, bool) {
	if e := d.read[key]; e != nil {
		return e.learned(now)
	}
	return pacing.Learned{}, false
}

func (d *document) all(now time.Time) map[string]pacing.Learned {
	out, caps := make(map[string]pacing.Learned), d.caps()
	for key, e := range d.read {
		if l, ok := e.learned(now); ok {
			l.Cap = caps.Of(key)
			out[key] = l
		}
	}
	return out
}

// put writes what is known of key over what stands there, field by field.
func (d *document) put(key string, l *pacing.Learned) {
	n := child(d.rates, key)
	if n.Kind != yaml.MappingNode {
		*n = yaml.Node{Kind: yaml.MappingNode}
	}
	set(n, "rate", number(l.Rate))
	set(n, "ceiling", number(l.Ceiling))
	set(n, "burst", count(int64(l.Burst)))
	set(n, "source", scalar("!!str", l.Source.String()))
	set(n, "updated", instant(l.Updated))
	set(n, "pause", number(l.Pause.Seconds()))
	set(n, "concurrency", number(float64(l.Concurrency)))
	set(n, "budget", number(0))
	set(n, "period", number(l.Budget.Period.Seconds()))
	set(n, "refill", number(l.Budget.Refill))
	if l.Budget.ID != 0 {
		set(n, "budget", count(l.Budget.ID))
	}
	set(n, "paused_until", instant(l.PausedUntil))
	set(n, "last_throttle", instant(l.LastThrottle))
	set(n, "used_until", instant(l.UsedUntil))
	set(n, "sent", count(l.Counts.Sent))
	set(n, "accepted", count(l.Counts.Accepted))
	set(n, "throttled", count(l.Counts.Throttled))
	set(n, "events", count(l.Counts.Events))
	set(n, "request_mean", number(l.Sizes.Mean))
	set(n, "request_largest", number(l.Sizes.Largest))
	set(n, "estimate_ratio", number(l.Sizes.Ratio))
	set(n, "estimate_spread", number(l.Sizes.Spread))
}

func (d *document) remove(key string) {
	for i := 0; i+1 < len(d.rates.Content); i += 2 {
		if d.rates.Content[i].Value == key {
			d.rates.Content = append(d.rates.Content[:i], d.rates.Content[i+2:]...)
			return
		}
	}
}

// child returns the value of name in a mapping, made as an empty mapping if it is not there.
func child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	v := &yaml.Node{Kind: yaml.MappingNode}
	n.Content = append(n.Content, scalar("!!str", name), v)
	return v
}

// set gives name a value; nil removes it.
func set(n *yaml.Node, name string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != name {
			continue
		}
		if value == nil {
			n.Content = append(n.Content[:i], n.Content[i+2:]...)
			return
		}
		n.Content[i+1] = value
		return
	}
	if value != nil {
		n.Content = append(n.Content, scalar("!!str", name), value)
	}
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// number rounds to four digits behind the point: for people. Nothing stands for zero.
func number(v float64) *yaml.Node {
	if v == 0 {
		return nil
	}
	return scalar("", strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64))
}

// seconds reads a length of time; one that makes no sense is none.
func seconds(v float64) time.Duration {
	if !(v > 0 && v <= 31*24*3600) {
		return 0
	}
	return time.Duration(v * float64(time.Second))
}

func count(n int64) *yaml.Node { return scalar("!!int", strconv.FormatInt(n, 10)) }

func instant(t time.Time) *yaml.Node {
	if t.IsZero() {
		return nil
	}
	return scalar("!!timestamp", t.UTC().Format(time.RFC3339Nano))
}
