package batch

import (
	"io"
	"time"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// Defaults of a Config.
const (
	DefaultConcurrency = 64
	DefaultLookAhead   = 10_000
	DefaultMaxMemory   = 256 << 20 // bytes
	DefaultMaxLine     = 64 << 20  // bytes
	DefaultMaxInline   = 1 << 20   // bytes
	DefaultMaxDenied   = 5
)

// minMemory is the least that a run works with, in bytes.
const minMemory = 1 << 20

// A Config says what a run does. Inputs, Output and Sender are required; the zero value of the rest
// works.
type Config struct {
	Inputs []record.Input // read one after the other
	Output io.Writer      // gets every result in one Write
	Sender Sender

	// API is where records go that name none. Empty means that every record has to.
	API string
	// Find says where the URL of a record goes that names no api; what is wrong with the URL is the record's error.
	// nil means that there are no such records. It is called by one goroutine.
	Find func(url string) (record.Target, error)
	// StopOrigins lets origins that no profile has stop the run when they deny its credentials, as apis do.
	StopOrigins bool
	// All means that a GET or POST which does not say otherwise wants all pages of a list.
	All bool
	// Concurrency is how many requests of one lane are in flight at once. 0 means DefaultConcurrency.
	Concurrency int
	// Lane names what the limit of a request depends on, within its api: records of a lane that is held up
	// hold no other lane up. It is called by one goroutine, before the record lines up. An api has some
	// hundreds of lanes at most. nil means that every api is one lane.
	Lane func(*Request) string
	// Shard is the part of the input that the run is about: records of other parts are left out, and
	// counted as elsewhere. The zero value means all of it.
	Shard identity.Shard
	// LookAhead is how many records may be read whose results are not written: how far apart the apis
	// of one stream can get, and the window of Ordered. Where all goes well fewer are. 0 means
	// DefaultLookAhead.
	LookAhead int
	// MaxMemory bounds what the run holds for its records, in bytes. A response and the line made of it
	// may take 5/8 of it together, a record 3/8. 0 means DefaultMaxMemory; the least is 1 MiB.
	MaxMemory int64
	// MaxLine bounds one line of input, in bytes; a longer one is an error of its record, and is not
	// held. 0 means DefaultMaxLine.
	MaxLine int64
	// MaxInline is how large a response may be to stand in its result, in bytes. A larger one goes to a file
	// in Directory, as it comes, or is an error where there is none. 0 means DefaultMaxInline; if it is
	// negative every response goes to a file. With a Directory it is at most a sixteenth of MaxMemory.
	MaxInline int64
	Dir       *bodyfiles.Dir
	// Ordered means results in the order of their records, rather than as they come.
	Ordered bool
	// Headers puts the headers of responses into the results.
	Headers bool
	// MaxDenied is how many answers in a row with status 401, or errors of kind auth, of one api stop
	// the run. 0 means DefaultMaxDenied, a negative number never.
	MaxDenied int
	// Known is what an earlier run has answered, and counts occurrences; nil means that nothing is known
	// and nobody counts. It belongs to the run.
	Known *resume.Known
	// FailedOut gets every failed record, as it was read; nil means nobody.
	FailedOut io.Writer
	// Deadline, after which nothing new is sent, MaxRequests, after which no more records are read to be
	// sent, and MaxFailures, of failed and unknown records, end the run early. 0 means never.
	Deadline    time.Duration
	MaxRequests int64
	MaxFailures int64
	// Observe is told of each record that is accounted for, when its result, if it has one, is written; nil means nobody.
	// It is called for one at a time, and what it costs slows the results down: for a display that is refreshed now and
	// then, [Engine.Snapshot] is cheaper. The Done is valid during the call.
	Observe func(*Done)
}

// reader says how the records are read. Its zeros have been filled in.
func (c *Config) reader() record.Config {
	return record.Config{
		Inputs: c.Inputs, API: c.API, Find: c.Find, All: c.All, Shard: c.Shard, MaxLine: c.MaxLine, MaxMemory: c.MaxMemory, Raw: c.FailedOut != nil,
	}
}

// withDefaults returns c with its zeros filled in.
func (c Config) withDefaults() Config {
	if c.Observe == nil {
		c.Observe = func(*Done) {}
	}
	orDefault(&c.Concurrency, DefaultConcurrency)
	orDefault(&c.LookAhead, DefaultLookAhead)
	orDefault(&c.MaxMemory, DefaultMaxMemory)
	orDefault(&c.MaxLine, DefaultMaxLine)
	if c.MaxDenied == 0 {
		c.MaxDenied = DefaultMaxDenied
	}
	c.MaxMemory = max(c.MaxMemory, minMemory)
	if c.MaxInline == 0 {
		c.MaxInline = DefaultMaxInline
	}
	c.MaxInline = max(c.MaxInline, 0)
	if c.Dir != nil {
		c.MaxInline = min(c.MaxInline, c.MaxMemory/16)
	}
	c.MaxLine = min(c.MaxLine, c.MaxMemory/8*3)
	return c
}

// orDefault replaces a number that cannot be meant.
func orDefault[T int | int64](n *T, def T) {
	if *n <= 0 {
		*n = def
	}
}
