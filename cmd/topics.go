package cmd

import "github.com/spf13/cobra"

// topics are help texts that belong to no command: `arl help exit-codes`.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "Exit codes of arl", Long: helpExitCodes},
		{Use: "environment", Short: "Environment variables that arl reads", Long: helpEnvironment},
		{Use: "config", Short: "The fields of config.yaml", Long: helpConfig},
		{Use: "limits", Short: "How arl finds a limit, shares it and waits", Long: helpLimits},
		{Use: "pagination", Short: "How arl follows the pages of a response", Long: helpPagination},
	}
}

const helpExitCodes = `get, post, put, patch, delete, head and request use curl's exit codes where curl
has one:

  0    ok
  1    another error
  2    usage or configuration; nothing was sent
  5    the name of the proxy could not be resolved
  6    the name of the host could not be resolved
  7    could not connect
  22   HTTP status 400 or above
  26   a file whose content was to be sent cannot be read
  28   an attempt took too long
  35   the TLS handshake failed
  47   too many redirects
  52   an empty response
  55   sending the request failed
  56   the response was cut off or is not HTTP
  60   the certificate is not trusted
  75   throttled past --max-wait or max_retries_on_backoff
  97   the handshake with a SOCKS proxy failed
  130  interrupted

batch ends with

  0    every record is ok
  1    some records failed, or their outcome is unknown
  2    usage or configuration; nothing was sent
  3    unfinished, can be resumed
  130  interrupted
  141  the reader of the results closed the pipe

wait, exec and throttle end with 75 if the wait would exceed --max-wait, and
with 130 if they were interrupted. Otherwise exec ends with the exit code of
the command: 127 if it is not found, 126 if it cannot be executed, 128 plus the
number of the signal that ended it. throttle ends with 141 if the reader of the
lines closed the pipe.`

const helpEnvironment = `  ARL_CONFIG_DIR    the directory of config.yaml and rates.yaml; otherwise
                    $XDG_CONFIG_HOME/arl, ~/.config/arl, or %AppData%\arl on
                    Windows
  ARL_RUNTIME_DIR   the directory of the live state that processes share;
                    otherwise $XDG_STATE_HOME/arl/live/HOST or
                    ~/.local/state/arl/live/HOST
  ARL_CACHE_DIR     the directory of stored responses; otherwise
                    $XDG_CACHE_HOME/arl or ~/.cache/arl;
                    on Windows %LocalAppData%\arl\cache
  ARL_STORE         the store of the live state: redis://USER@HOST:PORT/DB or
                    rediss:// to share it between hosts; file; or memory. It
                    takes precedence over "store" in config.yaml, and --store
                    over both
  ARL_STORE_PASSWORD
                    the password of the store, if its URL has none
  NETRC             the netrc file, instead of ~/.netrc
  NO_COLOR          print no colour, even on a terminal
  CURL_CA_BUNDLE    trust the certificates in this file, as with --cacert
  SSL_CERT_FILE, SSL_CERT_DIR
                    trust those in this file and this directory instead of the
                    system's
  http_proxy, HTTPS_PROXY, ALL_PROXY, NO_PROXY
                    as in curl: names in lower case take precedence, HTTP_PROXY
                    is not read, and local addresses are proxied too

For the variables that hold credentials, see ` + "`arl auth --help`" + `.`
