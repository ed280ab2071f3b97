package proxy

// briefHelp is what --help says.
const briefHelp = `Serve an API at a base URL on loopback. Requests from any program are sent to the API
through its rate limiter, with the profile's headers and credential, and retried where
that is safe. Every program that can connect to the proxy uses your credential.

The first Ctrl-C stops accepting requests and waits for those in flight; press it
again to abort. More: --help-all and docs/proxy.md.`

// commonOptions are the options that --help describes.
const commonOptions = "listen allow-remote allow-host rate max-wait retry header explain log-json silent"
