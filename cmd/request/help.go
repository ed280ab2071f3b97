package request

// helpVerbs is what the help of get, post, ... says after its first line.
const helpVerbs = `<path> is joined to the profile's base_url; its leading slash may be left out. Flags
are curl's where they have curl's letters.

--field and --raw-field are gh's: they make a JSON body, or the query of get and head.
With --field true, false, null and integers (as JSON writes them, so not 007) are
typed, and @file and @- are read; a[b]=c nests, a[]=x appends, a[][k]=v appends
objects, a[] is an empty list.

--jq writes what a jq expression makes of the answer: texts without quotes, other
values as JSON, one a line. It is compiled before anything is sent, and sees no
environment variables. The body of an HTTP error is not filtered.

A terminal gets JSON indented and painted, everything else the bytes as they came;
so does a terminal with -o -.`
