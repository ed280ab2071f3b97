package fetch

import (
	"io"
	"time"
)

// Options say what to send and what to do with the response. Letters in comments are curl's.
type Options struct {
	Method string // empty: GET, or POST with data
	Path   string

	Header     []string // -H "Name: value", "Name:" to remove, "Name;" for an empty one, "@file"
	Data       []Datum
	Get        bool     // -G: the data goes into the query
	URLQuery   []string // --url-query
	Form       []FormField
	Upload     string  // -T: a file; - is standard input
	Head       bool    // -I
	Range      string  // -r
	ContinueAt string  // -C: how many bytes are there, or - for as many as the output has
	TimeCond   string  // -z: a time or a file; with "-" before it for what has not changed since
	Fields     []Field // --field, --raw-field
	GraphQL    string  // --graphql: a document, the file that it is in, or - for standard input

	User        string // -u user:password
	Bearer      string // --oauth2-bearer
	Digest      bool   // --digest
	AWS         string // --aws-sigv4: aws:amz:REGION:SERVICE, with User
	Netrc       bool   // -n
	NetrcFile   string
	UserAgent   string   // -A
	NoUserAgent bool     // -A ''
	Referer     string   // -e; ";auto" names on a redirect where it comes from
	Cookies     []string // -b: "name=value; ...", or a file
	CookieJar   string   // -c: the file that they are written to; - is standard output
	Compressed  bool     // --compressed

	Follow       bool // -L
	MaxRedirects int  // 0 means curl's 50, below 0 none
	Include      bool // -i
	Output       string
	RemoteName   bool   // -O: Output is the last part of the path
	DumpHeader   string // -D
	Measure      bool   // fill in Result.Transfer
	Fail         bool   // -f: no body for a status of 400 or above
	FailWithBody bool
	Verbose      bool // -v
	IfChanged    bool // write nothing of a response that was stored before and still holds
	DryRun       bool
	All          *AllPages // nil: one page
	Jobs         Jobs
	Accepted     func(url string) // told where the state of a job is whose end is waited for; nil means nobody
	Print        Printer          // nil writes the body as it came

	Timeout time.Duration    // -m: of one attempt; 0 means none
	MaxWait time.Duration    // for limits; 0 means without bound
	Retry   int              // repeats after failures; below 0 means none
	Cost    map[string]int64 // --cost: what a request takes of units; nil means what is estimated

	RetryMaxTime time.Duration // --retry-max-time: since the first attempt; 0 means without bound
}

// A Datum is one of curl's data options.
type Datum struct {
	Kind  DataKind
	Value string
}

// DataKind says how a datum's value is read.
type DataKind int

// The data options.
const (
	DataASCII     DataKind = iota // -d: @file without its line ends
	DataRaw                       // --data-raw: no @file
	DataBinary                    // --data-binary: @file as it is
	DataURLEncode                 // --data-urlencode
	DataJSON                      // --json: as --data-binary, with JSON's headers; not joined by &
)

// Streams are where a fetch reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}
