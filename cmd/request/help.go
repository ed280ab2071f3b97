package request

// helpVerbs is what the help of get, post, ... says after its first line.
const helpVerbs = `<path> is joined to the profile's base_url; its leading slash may be left out. Flags
are curl's where they have curl's letters.

--field and --raw-field are gh's: they make a JSON body, or the query of get and head.
With --field true, false, null and integers (as JSON writes them, so not 007) are
typed, and @file and @- are read; a[b]=c nests, a[]=x appends, a[][k]=v appends
objects, a[] is an empty list.

--jq writes what a jq expression makes of the response: texts without quotes, other
values as JSON, one a line. It is compiled before anything is sent, and sees no
environment variables. The body of an HTTP error is not filtered.

A terminal gets JSON indented and painted, everything else the bytes as they came;
so does a terminal with -o -.`

// briefHelp is what --help says of them, after the first line.
const briefHelp = `<path> is joined to the profile's base_url. Options are curl's, --jq and --field
are gh's. Waits, 429 and Retry-After are handled: see arl help limits.`

// commonOptions are those that --help describes.
const commonOptions = "header data json field output include jq all max-wait verbose"
