package sandbox

// briefHelp is what --help says.
const briefHelp = `Serve a local API that enforces rate limits the way real servers do, to try arl and to
test scripts. Any path gets a response; /stats counts requests and is not limited.

A LIMIT is N/TIME, such as 20/s or 600/1m, and is a token bucket unless a kind precedes
it: rolling:100/10s, daily:5000, concurrency:8. After an @ follow the requests it applies
to: 30/m@/search. --help-all lists the kinds, APIs and headers.`

// commonOptions are the options that --help describes.
const commonOptions = "limit burst like headers latency errors lockout listen log seed"
