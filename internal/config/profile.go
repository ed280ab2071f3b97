package config

import (
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A Profile describes one API. Name and BaseURL are required; everything else may be left out. A pointer tells an
// explicit zero from a field that was left out.
//
// Profiles from a [Registry] are shared and must not be modified.
type Profile struct {
	Name    string `yaml:"-"`
	BaseURL string `yaml:"base_url"` // scheme, host and path; the paths of requests are joined to it

	Pace `yaml:",inline"`

	DocumentedLimit string            `yaml:"documented_limit_desc"` // what the vendor says, for display
	Headers         map[string]string `yaml:"headers"`               // sent to the profile's own origin unless the request has them
	Budget          string            `yaml:"budget"`                // replaces the hash of the credential in keys

	BackoffStatusCodes  []int  `yaml:"backoff_status_codes"`   // what counts as a throttle; nil means 429
	ThrottleWhen        []Rule `yaml:"throttle_when"`          // throttles with another status
	NeverRetry          []Rule `yaml:"never_retry"`            // throttles that waiting does not cure
	FailWhen            []Rule `yaml:"fail_when"`              // failures with a status below 400
	Free                []Rule `yaml:"free"`                   // responses that count for nothing in the limits, by status and header
	MaxRetriesOnBackoff *int   `yaml:"max_retries_on_backoff"` // nil means 20

	ReadOnly bool `yaml:"read_only"` // send nothing that may change something, see [Profile.CheckReadOnly]

	Traceparent bool `yaml:"traceparent"` // pass $TRACEPARENT and $TRACESTATE on, each attempt with a parent id of its own

	Share Share `yaml:"share"` // the part of each limit that a process keeps to; 0 means all

	Units Units `yaml:"units"` // what limits count besides requests

	GraphQL []string `yaml:"graphql"` // paths whose POSTs are GraphQL documents, with globs as in [Bucket]

	IdempotentPosts   []string `yaml:"idempotent_posts"`   // paths whose POSTs only read, with globs as in [Bucket]
	IdempotencyHeader string   `yaml:"idempotency_header"` // a request with this header may be retried

	Buckets        []Bucket        `yaml:"buckets"` // the first that matches is used
	Auth           *Auth           `yaml:"auth"`
	Pagination     *Pagination     `yaml:"pagination"`
	CircuitBreaker *CircuitBreaker `yaml:"circuit_breaker"`
	Cache          *CachePolicy    `yaml:"cache"` // nil means off
	Poll           Polls           `yaml:"poll"`  // responses that accept a job which finishes later
	Paths          []string        `yaml:"paths"` // that the API has, such as /users/{id}, for completion on a command line

	compiled *compiled        // see compile.go
	adHoc    bool             // it was made of a URL's origin
	places   map[string]Place // where each value was set
}

// Pace is the rate to start at and the bounds to learn within. Rates are in requests per second.
type Pace struct {
	InitialRate    *float64         `yaml:"initial_rate"`    // nil means 2
	MinRate        *float64         `yaml:"min_rate"`        // decreases never go below; nil means 0.1, 0 almost no bound
	MaxRate        *float64         `yaml:"max_rate"`        // increases never go above; nil means none
	IncreaseStep   *float64         `yaml:"increase_step"`   // added per accepted request once a ceiling is known; nil means 0.1
	DecreaseFactor *float64         `yaml:"decrease_factor"` // in (0, 1], the largest decrease of one congestion event; nil means 0.5
	SlowStart      *bool            `yaml:"slow_start"`      // increase faster until the first throttle; nil means true
	Burst          *int             `yaml:"burst"`           // requests that may be sent at once after idling; nil means 1
	MaxConcurrency *int             `yaml:"max_concurrency"` // requests in flight per process; nil and 0 mean no limit; a profile's is for all its buckets together
	DefaultPause   *time.Duration   `yaml:"default_pause"`   // after a throttle that names no time; nil means 1s
	Limits         []limiter.Window `yaml:"limits"`          // documented; never exceeded, whatever was learned; a profile's are for all its buckets together
}

// A Bucket is a part of an API with a limit of its own, and so with a key and a learned rate of its own. It inherits what
// its Pace leaves out from the profile, except for limits and max_concurrency: those of the profile are for all its
// buckets together, in addition to the bucket's own.
//
// Paths are globs, matched segment by segment with the path below base_url: "*" matches any part of one segment, a
// segment "**" any number of segments, including none. A trailing slash and the query are ignored.
//
// A name may contain placeholders, words in braces that are segments of every path: {name: "{base}", paths:
// ["/{base}/**"]} stands for one bucket per base, each with a key of its own that contains the segment. The first 200 of
// a client get keys of their own; all others share one.
type Bucket struct {
	Name    string   `yaml:"name"`
	Methods []string `yaml:"methods"` // upper case; none means all
	Paths   []string `yaml:"paths"`   // none means all

	// What a request has to say for the bucket: a path into its JSON body, the name of a header, of a query parameter. The
	// only placeholder of the name stands for its value.
	JSON   string `yaml:"json"`
	Header string `yaml:"header"`
	Query  string `yaml:"query"`

	Cost *int `yaml:"cost"` // how much a request counts in the profile's limits; nil means 1, 0 that they do not apply

	Units Units `yaml:"units"` // instead of the profile's
	Poll  Polls `yaml:"poll"`  // instead of the profile's

	Pagination *Pagination `yaml:"pagination"` // instead of the profile's

	Pace `yaml:",inline"`
}

// Auth says where the credential is found and how it is sent.
type Auth struct {
	Type AuthType `yaml:"type"`
	// Env lists environment variables; the first that is set is used. It contains the token; for basic, user:password;
	// for path, a path or a whole URL; for oauth2_client_credentials and command, a token obtained elsewhere. Keyring,
	// Command and a netrc file are searched after it, in this order, and contain the same; for
	// oauth2_client_credentials, client-id:client-secret.
	Env []string `yaml:"env"`
	// Optional says that the API can be used without a credential.
	Optional bool `yaml:"optional"`
	Keyring  bool `yaml:"keyring"` // search the system's keyring too

	Name        string   `yaml:"name"`         // of the header or the query parameter
	Prefix      string   `yaml:"prefix"`       // before the token in the header, such as "Token "
	UserEnv     []string `yaml:"user_env"`     // for basic, instead of Env
	PasswordEnv []string `yaml:"password_env"` // for basic, with UserEnv

	TokenURL        string   `yaml:"token_url"`         // for oauth2_client_credentials and oauth, as are those below
	ClientIDEnv     []string `yaml:"client_id_env"`     // the client's id is also the identity in keys
	ClientSecretEnv []string `yaml:"client_secret_env"` //
	Scope           string   `yaml:"scope"`             //
	Format          string   `yaml:"format"`            // of the token request: form (default), json, or basic for a form with the client in Authorization

	Login `yaml:",inline"` // for oauth

	Service string `yaml:"service"` // for sigv4: what of AWS is asked, such as execute-api
	Region  string `yaml:"region"`  // for sigv4; empty means $AWS_REGION

	Command []string `yaml:"command"` // a program and its arguments, run without a shell, that prints the credential
}

// An AuthType is how a credential is sent or obtained.
type AuthType string

// The types of [Auth].
const (
	AuthBearer  AuthType = "bearer" // Authorization: Bearer TOKEN
	AuthBasic   AuthType = "basic"  // Authorization: Basic ...
	AuthHeader  AuthType = "header" // NAME: PREFIX+TOKEN
	AuthQuery   AuthType = "query"  // ?NAME=TOKEN
	AuthPath    AuthType = "path"   // the path is the secret; used for requests without a path
	AuthOAuth2  AuthType = "oauth2_client_credentials"
	AuthLogin   AuthType = "oauth" // somebody logs in with a browser, see [Login]
	AuthCommand AuthType = "command"
	AuthSigV4   AuthType = "sigv4" // AWS Signature Version 4
	AuthSign    AuthType = "sign"  // headers that a program makes of each request
)

// Signs reports whether requests are signed, each for itself.
func (t AuthType) Signs() bool { return t == AuthSigV4 || t == AuthSign }

// The formats of a token request.
const (
	TokenForm  = "form"
	TokenJSON  = "json"
	TokenBasic = "basic" // a form, with the client in the Authorization header
)

// Pagination says how the pages of a list follow each other. Next, More and Items are paths into the body of the
// response, see [jsonpath.Path].
type Pagination struct {
	Style PageStyle `yaml:"style"`
	Send  PageField `yaml:"send"`  // where the cursor, the page number or the offset is sent
	Size  PageField `yaml:"size"`  // where the page size is sent: Max, unless the request has a size
	Next  string    `yaml:"next"`  // the next cursor, or for links the next URL; absent, null or empty at the end
	More  string    `yaml:"more"`  // whether there is a next page; if empty, Next decides, or for pages and offsets an empty page
	Items string    `yaml:"items"` // the array of the page's items; empty means the body, or the only array in it
	First *int      `yaml:"first"` // number of the first page; nil means 1 for pages, 0 for offsets
}

// A PageField is where a value of the pagination is sent: in the query, or in a field of the JSON body, which may be a
// path such as .variables.after.
type PageField struct {
	Query string `yaml:"query"`
	Body  string `yaml:"body"`
	Max   int    `yaml:"max"` // the maximum page size of the server; 0 means unknown
}

// A PageStyle is how the next page is requested.
type PageStyle string

// The styles of pagination.
const (
	PageCursor PageStyle = "cursor" // send the value of Next
	PageNumber PageStyle = "page"   // send 1, 2, 3, ...
	PageOffset PageStyle = "offset" // send how many items were read
	PageLink   PageStyle = "link"   // follow the header Link: <...>; rel="next", or the URL in Next
	// PageGraphQL sends, as the variable that the document has for "after", what the only pageInfo in the response's data
	// names. The items are the nodes or edges beside it, unless Items says otherwise.
	PageGraphQL PageStyle = "graphql"
)

// A CircuitBreaker says when an outage pauses the requests of a batch.
type CircuitBreaker struct {
	FailureThreshold int           `yaml:"failure_threshold"` // consecutive failures that open it
	OpenInterval     time.Duration `yaml:"open_interval"`     // how long it stays open before one request is sent as a trial
}
