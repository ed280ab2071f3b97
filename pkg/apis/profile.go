package apis

import "github.com/arl-cli/arl/internal/config"

// A Profile describes one API. Name and BaseURL are required. The other fields are those of an entry in config.yaml
// under Go names: base_url is BaseURL, and so on; a pointer tells an explicit zero from a field that was left out.
// `go doc github.com/arl-cli/arl/internal/config.Profile` lists them.
type Profile = config.Profile

// Pace is the part of a [Profile] or a [Bucket] that says how fast to send: InitialRate, MinRate and MaxRate in
// requests per second, Burst, MaxConcurrency, DefaultPause after a throttle that names no time, and Limits, the
// documented ones, which are never exceeded whatever was learned.
type Pace = config.Pace

// A Bucket is a part of an API with a limit of its own, selected by Methods and Paths. It learns its own rate. What
// its [Pace] leaves out it inherits from the profile; the profile's Limits and MaxConcurrency hold for all buckets
// together.
type Bucket = config.Bucket

// A Rule describes responses by Status, Header, Body or a value of their JSON. The profile's ThrottleWhen and
// NeverRetry are lists of rules.
type Rule = config.Rule

// A Pause is how long a [Rule] pauses the key: a Duration, or the Path of the value in the response's JSON that
// says it.
type Pause = config.Pause

// Auth says where the credential of a [Profile] is found and how it is sent. Type is one of the constants
// [AuthBearer] and following; Env lists environment variables, Keyring asks the system's keyring, Command is a
// program that prints the credential.
type Auth = config.Auth

// How a credential is sent or obtained, for the Type of an [Auth].
const (
	AuthBearer  = config.AuthBearer  // Authorization: Bearer TOKEN
	AuthBasic   = config.AuthBasic   // Authorization: Basic, from user:password
	AuthHeader  = config.AuthHeader  // a header of any name
	AuthQuery   = config.AuthQuery   // a parameter in the query
	AuthPath    = config.AuthPath    // the path of the URL is the secret
	AuthOAuth2  = config.AuthOAuth2  // a token of the OAuth2 client credentials grant
	AuthCommand = config.AuthCommand // a token that a program prints
)

// Pagination says how the pages of a list follow each other: which field of the response holds the cursor of the
// next page, and where the request sends it. The arl command follows it with --all.
type Pagination = config.Pagination

// A PageField is where a [Pagination] sends a cursor, a page number or an offset: in the query or in the JSON body.
type PageField = config.PageField

// How pages follow each other, for the Style of a [Pagination].
const (
	PageCursor = config.PageCursor // send the cursor from the response
	PageNumber = config.PageNumber // send 1, 2, 3, ...
	PageOffset = config.PageOffset // send how many records were read
	PageLink   = config.PageLink   // follow the Link header, or a URL in the response
)

// A CircuitBreaker says when consecutive failures of an API pause the requests to it, and for how long.
type CircuitBreaker = config.CircuitBreaker
