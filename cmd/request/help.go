package request

// helpVerbs is what the help of get, post, ... says after its first line.
const helpVerbs = `<path> is joined to the profile's base_url; its leading slash may be left out. Flags
with curl's letters have curl's meanings.

--field and --raw-field work like gh's -F and -f: they make a JSON body, or the query of
get and head. The values true, false, null and integers of --field are sent as such
(007 is not an integer in JSON), and @file and @- are read. a[b]=c nests, a[]=x appends,
a[][k]=v appends objects, a[] is an empty list.

--jq filters the response with a jq expression. It writes strings without quotes and
other values as JSON, one per line. The expression is checked before anything is sent,
and has no access to environment variables. The body of an HTTP error is not filtered.

On a terminal JSON is indented and coloured. Elsewhere, and on a terminal with -o -, the
body is written as received.`

// briefHelp is what --help says of them, after the first line.
const briefHelp = `<path> is joined to the profile's base_url. Options work like curl's; --jq and --field
work like gh's. arl waits for rate limits, obeys Retry-After and retries after a 429: see
arl help limits.`

// commonOptions are those that --help describes.
const commonOptions = "header data json field output include jq all max-wait verbose"
