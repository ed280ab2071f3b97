package apis

import (
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// A ConfigError lists everything that is wrong with a configuration or a profile, in its Problems: file, line,
// column, path and message of each.
type ConfigError = config.Error

// An UnknownAPIError says that a registry has no profile of that Name; Nearest lists similar names.
type UnknownAPIError = config.UnknownAPIError

// A ForeignOriginError says that a URL is not on the origin of the profile. Nothing was sent.
type ForeignOriginError = config.ForeignOriginError

// A MissingCredentialError says that the credential of an API was not found, and in Env which environment variables
// would provide it.
type MissingCredentialError = credential.MissingError

// A TokenError says that an OAuth2 token could not be obtained.
type TokenError = apiclient.TokenError
