package apiclient

import (
	"context"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// credential returns what the client sends: the credential in Header, the given one, or the profile's.
func (cfg *Config) credential(p *config.Profile) (*credential.Credential, error) {
	if c, ok := credential.InHeader(p, cfg.Header); ok {
		return c, nil
	}
	if c := cfg.Credential; c != nil || cfg.Anonymous {
		return credential.WithoutIdentity(p, c), nil
	}
	if c, err := cfg.netrc(p); c != nil || err != nil {
		return c, err
	}
	ctx := cfg.Context
	if ctx == nil {
		ctx = context.Background()
	}
	return credential.Find(ctx, p, cfg.Getenv)
}

// netrc returns the credential of the netrc file that the configuration names; nil if it names none.
func (cfg *Config) netrc(p *config.Profile) (*credential.Credential, error) {
	if !cfg.Netrc && cfg.NetrcFile == "" {
		return nil, nil
	}
	file := cfg.NetrcFile
	if file == "" {
		file = credential.NetrcFile(cfg.Getenv)
	}
	return credential.InNetrc(p, file)
}
