package fetch

import (
	"io"

	"github.com/arl-cli/arl/internal/apiclient"
)

// ClientConfig is what the options say of every request, for a client that sends others than Run does. in is
// standard input, for headers from @-.
func (o *Options) ClientConfig(in io.Reader) (apiclient.Config, error) { return o.clientConfig(in) }
