package apis

import (
	"context"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/state"
)

// What a Go program names of the packages below.
type (
	Profile                = config.Profile
	Pace                   = config.Pace
	Bucket                 = config.Bucket
	Rule                   = config.Rule
	Pause                  = config.Pause
	Auth                   = config.Auth
	Pagination             = config.Pagination
	PageField              = config.PageField
	CircuitBreaker         = config.CircuitBreaker
	Registry               = config.Registry
	ConfigError            = config.Error
	UnknownAPIError        = config.UnknownAPIError
	Credential             = credential.Credential
	MissingCredentialError = credential.MissingError
	Client                 = apiclient.Client
	ClientConfig           = apiclient.Config
	TokenError             = apiclient.TokenError
	Session                = state.Session
	SessionConfig          = state.SessionConfig
)

// The types of credentials.
const (
	AuthBearer  = config.AuthBearer
	AuthBasic   = config.AuthBasic
	AuthHeader  = config.AuthHeader
	AuthQuery   = config.AuthQuery
	AuthPath    = config.AuthPath
	AuthOAuth2  = config.AuthOAuth2
	AuthCommand = config.AuthCommand
)

// The styles of pagination.
const (
	PageCursor = config.PageCursor
	PageNumber = config.PageNumber
	PageOffset = config.PageOffset
	PageLink   = config.PageLink
)

// NewClient makes a client for a profile.
func NewClient(p *Profile, cfg ClientConfig) (*Client, error) { return apiclient.New(p, cfg) }

// NewRegistry returns a registry of the built-in profiles.
func NewRegistry() *Registry { return config.NewRegistry() }

// Load returns a registry of the built-in profiles with a user's configuration over them.
func Load(path string) (*Registry, error) { return config.Load(path) }

// OpenSession reads the user's configuration and opens the live state.
func OpenSession(cfg SessionConfig) (*Session, error) { return state.OpenSession(cfg) }

// FindCredential looks up a profile's credential.
func FindCredential(ctx context.Context, p *Profile, getenv func(string) string) (*Credential, error) {
	return credential.Find(ctx, p, getenv)
}
