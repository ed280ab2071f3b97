package config

import (
	"net/http"
	"reflect"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/jq"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// A Poll says which responses accept a job that finishes later, where its state is asked for, and how its end shows:
// see docs/jobs.md.
type Poll struct {
	When     PollWhen       `yaml:"when"`
	URL      Reference      `yaml:"url"`      // of the job's state; empty: that of the request itself
	Until    string         `yaml:"until"`    // jq over a poll's body: the job is done; empty: another status than When's
	Failed   string         `yaml:"failed"`   // jq over a poll's body: the job has failed
	Result   Reference      `yaml:"result"`   // of what the job made; empty: the last poll's body
	Interval *time.Duration `yaml:"interval"` // between polls that name no Retry-After; nil means 2s
	Timeout  *time.Duration `yaml:"timeout"`  // after which a job is given up; nil means 24h, 0 never
}

// PollWhen says which responses accept a job. Every condition that is set must match.
type PollWhen struct {
	Status  int      `yaml:"status"` // 0 means 202
	Methods []string `yaml:"methods"`
	Paths   []string `yaml:"paths"` // globs, as in [Bucket]
}

// A Reference says where a response names a URL: in the first of some headers that it has, or as what a jq expression
// makes of its body. A URL that is relative counts from that of the response; Template makes a path of the API of what
// is no URL, such as /batches/{id}.
type Reference struct {
	Header   Names  `yaml:"header"`
	JSON     string `yaml:"json"`
	Template string `yaml:"template"`
}

// Polls are the jobs of a profile or a bucket: in a configuration a list, or the only one by itself.
type Polls []Poll

// Names are names: in a configuration a list, or the only one by itself.
type Names []string

// Defaults of a [Poll].
const (
	DefaultPollInterval = 2 * time.Second
	DefaultPollTimeout  = 24 * time.Hour
)

// AcceptedJob is how a response accepts a job where a profile does not say: 202 with a header that names the job's URL, as
// RFC 9110 suggests and Azure has it, or without one for the URL of the request itself.
func AcceptedJob() Poll {
	return Poll{URL: Reference{Header: Names{"Operation-Location", "Azure-AsyncOperation", "Location"}}}
}

// single makes a list of one element of what may be written without brackets; other nodes stay as they are.
func single(t reflect.Type, n *yaml.Node) *yaml.Node {
	alone := t == reflect.TypeFor[Polls]() && n.Kind == yaml.MappingNode || t == reflect.TypeFor[Names]() && n.Kind == yaml.ScalarNode
	if !alone {
		return n
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{n}, Line: n.Line, Column: n.Column}
}

// A CompiledPoll is a poll ready to be used.
type CompiledPoll struct {
	Status   int
	URL      CompiledReference
	Until    *jq.Filter // nil where there is none
	Failed   *jq.Filter
	Result   CompiledReference
	Interval time.Duration
	Timeout  time.Duration // 0 means none

	methods []string
	paths   []glob
}

// A CompiledReference is a reference ready to be used.
type CompiledReference struct {
	Header   []string
	JSON     *jq.Filter
	Template *uritemplate.Template
}

// None reports whether the reference names nothing.
func (r *CompiledReference) None() bool { return len(r.Header) == 0 && r.JSON == nil }

// Compile makes a checked poll ready.
func (p *Poll) Compile() CompiledPoll {
	c := CompiledPoll{
		Status: p.When.Status, URL: p.URL.compile(), Until: expression(p.Until), Failed: expression(p.Failed),
		Result: p.Result.compile(), Interval: DefaultPollInterval, Timeout: DefaultPollTimeout,
		methods: p.When.Methods, paths: parseGlobs(p.When.Paths),
	}
	if c.Status == 0 {
		c.Status = http.StatusAccepted
	}
	if p.Interval != nil {
		c.Interval = *p.Interval
	}
	if p.Timeout != nil {
		c.Timeout = *p.Timeout
	}
	return c
}

func (r *Reference) compile() CompiledReference {
	c := CompiledReference{Header: r.Header, JSON: expression(r.JSON)}
	if r.Template != "" {
		c.Template, _ = uritemplate.Parse(r.Template)
	}
	return c
}

func compilePolls(polls Polls) (out []CompiledPoll) {
	for i := range polls {
		out = append(out, polls[i].Compile())
	}
	return out
}

// HasPolls reports whether a response to any request may accept a job.
func (p *Profile) HasPolls() bool {
	m := p.built()
	return len(m.polls) > 0 || slices.ContainsFunc(m.buckets, func(b compiledBucket) bool { return len(b.polls) > 0 })
}

// PollsOf returns how a response to a request in the bucket of that index accepts a job: as the bucket says, else as the
// profile does; -1 is no bucket. What is nil accepts none.
func (p *Profile) PollsOf(req *http.Request, bucket int) (out []CompiledPoll) {
	m := p.built()
	polls := m.polls
	if bucket >= 0 && len(m.buckets[bucket].polls) > 0 {
		polls = m.buckets[bucket].polls
	}
	for i := range polls {
		if polls[i].concerns(req, m.below(req.URL.EscapedPath())) {
			out = append(out, polls[i])
		}
	}
	return out
}

// concerns reports whether a response to the request may accept a job.
func (c *CompiledPoll) concerns(req *http.Request, path string) bool {
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	return (len(c.methods) == 0 || slices.Contains(c.methods, method)) && (len(c.paths) == 0 || matchAny(c.paths, path))
}
