package config

import (
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A Profile says how arl talks to one API. Name and BaseURL are required; everything else may be
// left out. A pointer tells an explicit zero from a field that was left out.
//
// Profiles that come from a [Registry] are shared: they must not be changed.
type Profile struct {
	Name    string `yaml:"-"`
	BaseURL string `yaml:"base_url"` // scheme, host and path; paths of requests are joined to it

	Pace `yaml:",inline"`

	DocumentedLimit string            `yaml:"documented_limit_desc"` // what the vendor says, for people
	Headers         map[string]string `yaml:"headers"`               // sent to the profile's own origin, unless the request has them
	Budget          string            `yaml:"budget"`                // takes the place of the credential's hash in the key

	BackoffStatusCodes  []int  `yaml:"backoff_status_codes"`   // what counts as a throttle; nil means 429
	ThrottleWhen        []Rule `yaml:"throttle_when"`          // throttles that hide behind another status
	NeverRetry          []Rule `yaml:"never_retry"`            // refusals that no waiting cures
	MaxRetriesOnBackoff *int   `yaml:"max_retries_on_backoff"` // nil means 20

	IdempotentPosts   []string `yaml:"idempotent_posts"`   // path globs whose POSTs only read, see [Bucket]
	IdempotencyHeader string   `yaml:"idempotency_header"` // a request that carries it may be repeated

	Buckets        []Bucket        `yaml:"buckets"` // the first that matches counts
	Auth           *Auth           `yaml:"auth"`
	Pagination     *Pagination     `yaml:"pagination"`
	CircuitBreaker *CircuitBreaker `yaml:"circuit_breaker"`

	compiled *compiled        // what a registry prepared, see compile.go
	places   map[string]Place // where each value was written
}

// Pace says at what rate to send: where to start and within which bounds to learn. Rates are in
// requests per second.
type Pace struct {
	InitialRate    *float64         `yaml:"initial_rate"`    // nil means 2
	MinRate        *float64         `yaml:"min_rate"`        // cuts never go below; nil means 0.1, 0 hardly any bound
	MaxRate        *float64         `yaml:"max_rate"`        // growth never goes above; nil means none
	IncreaseStep   *float64         `yaml:"increase_step"`   // added per accepted request once a ceiling is known; nil means 0.1
	DecreaseFactor *float64         `yaml:"decrease_factor"` // in (0, 1], the deepest cut of one congestion event; nil means 0.5
	SlowStart      *bool            `yaml:"slow_start"`      // climb faster while no throttle was ever seen; nil means true
	Burst          *int             `yaml:"burst"`           // requests that may go at once after idling; nil means 1
	MaxConcurrency *int             `yaml:"max_concurrency"` // requests of one process in flight; nil and 0 mean no bound; a profile's is for all its buckets together
	DefaultPause   *time.Duration   `yaml:"default_pause"`   // after a throttle that names no time; nil means 1s
	Limits         []limiter.Window `yaml:"limits"`          // documented; never exceeded, whatever was learned; a profile's by all its buckets together
}

// A Bucket is a part of an API that has a limit of its own, and so a key of its own: it learns by itself.
// What its Pace leaves out it has from the profile, but for limits and max_concurrency: those of the
// profile are for all its buckets together, and hold besides the bucket's own.
//
// Paths are globs that are matched, segment by segment, with the path below base_url: "*" stands for
// any part of one segment, a segment "**" for any number of segments, none included. A trailing
// slash and a query count for nothing.
//
// A name may hold placeholders, words in braces that are segments of every path: {name: "{base}", paths:
// ["/{base}/**"]} stands for as many buckets as there are bases, each with a key of its own that has the
// segment's text in it. Of each such bucket 200 have; the requests of further ones share a key.
type Bucket struct {
	Name    string   `yaml:"name"`
	Methods []string `yaml:"methods"` // upper case; none means all
	Paths   []string `yaml:"paths"`   // none means all
	Cost    *int     `yaml:"cost"`    // what a request counts in the profile's limits; nil means 1, 0 that they are not for this bucket

	Pace `yaml:",inline"`
}

// Auth says where the credential is and how it is sent.
type Auth struct {
	Type AuthType `yaml:"type"`
	// Env are environment variables, the first that is set counts. They hold the token; for basic
	// "user:password"; for path a path or a whole URL; for oauth2_client_credentials and command a
	// token that somebody else obtained. Keyring, Command and a netrc file come after them, in this order, and
	// hold the same; for oauth2_client_credentials "client-id:client-secret".
	Env []string `yaml:"env"`
	// Optional says that the API can be used without a credential.
	Optional bool `yaml:"optional"`
	Keyring  bool `yaml:"keyring"` // look in the system's keyring too

	Name        string   `yaml:"name"`         // of the header or the query parameter
	Prefix      string   `yaml:"prefix"`       // before the token in the header, such as "Token "
	UserEnv     []string `yaml:"user_env"`     // for basic, instead of Env
	PasswordEnv []string `yaml:"password_env"` // for basic, with UserEnv

	TokenURL        string   `yaml:"token_url"`         // for oauth2_client_credentials, as are those below
	ClientIDEnv     []string `yaml:"client_id_env"`     // the client's id is also what the key hangs on
	ClientSecretEnv []string `yaml:"client_secret_env"` //
	Scope           string   `yaml:"scope"`             //
	Format          string   `yaml:"format"`            // of the token request: form (default), json, or basic for a form with the client in Authorization

	Command []string `yaml:"command"` // a program and its arguments, run without a shell; prints the credential
}

// An AuthType is a way of sending a credential.
type AuthType string

// The types of credentials.
const (
	AuthBearer  AuthType = "bearer" // Authorization: Bearer TOKEN
	AuthBasic   AuthType = "basic"  // Authorization: Basic ...
	AuthHeader  AuthType = "header" // NAME: PREFIX+TOKEN
	AuthQuery   AuthType = "query"  // ?NAME=TOKEN
	AuthPath    AuthType = "path"   // the path is the secret: sent where the request names none
	AuthOAuth2  AuthType = "oauth2_client_credentials"
	AuthCommand AuthType = "command"
)

// The forms of a token request.
const (
	TokenForm  = "form"
	TokenJSON  = "json"
	TokenBasic = "basic" // a form, with the client in the Authorization header
)

// Pagination says how the pages of an answer follow each other. Next, More and Items are paths into the
// answer's body, see [jsonpath.Path].
type Pagination struct {
	Style PageStyle `yaml:"style"`
	Send  PageField `yaml:"send"`  // where the cursor, the page's number or the offset goes
	Size  PageField `yaml:"size"`  // where the page's size goes; its max is sent unless the request has a size
	Next  string    `yaml:"next"`  // the next cursor, or for links the next URL; absent, null or empty at the end
	More  string    `yaml:"more"`  // whether there is a next page; empty means that Next, or for pages and offsets an empty page, says so
	Items string    `yaml:"items"` // the array of the page's records; empty means the body, or the only array in it
	First *int      `yaml:"first"` // number of the first page; nil means 1 for pages, 0 for offsets
}

// A PageField is where a value of a pagination is sent: in the query, or for requests with a JSON
// body in a field of that, whose name may be a path, such as .variables.after.
type PageField struct {
	Query string `yaml:"query"`
	Body  string `yaml:"body"`
	Max   int    `yaml:"max"` // the largest page that the server gives; 0 means not known
}

// A PageStyle is a way of asking for the next page.
type PageStyle string

// The styles of pagination.
const (
	PageCursor PageStyle = "cursor" // send what Next says
	PageNumber PageStyle = "page"   // send 1, 2, 3, ...
	PageOffset PageStyle = "offset" // send how many records were seen
	PageLink   PageStyle = "link"   // follow the header Link: <...>; rel="next", or the URL that Next says
)

// A CircuitBreaker says when an outage pauses a batch.
type CircuitBreaker struct {
	FailureThreshold int           `yaml:"failure_threshold"` // consecutive failures that open it
	OpenInterval     time.Duration `yaml:"open_interval"`     // how long it stays open before one request is tried
}
