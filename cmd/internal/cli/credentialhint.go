package cli

import (
	"errors"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/oauth"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// credentialHint says what to do about a credential that is missing or cannot be used.
func credentialHint(err error) string {
	if missing, ok := errors.AsType[*credential.MissingError](err); ok {
		return missingHint(missing)
	}
	if out, ok := errors.AsType[*credential.LoggedOutError](err); ok {
		return "`arl auth login " + out.API + "` logs in"
	}
	switch {
	case Is[*oauth.DiscoveryError](err):
		return issuerHint(err)
	case Is[*redisstore.Error](err):
		return "the login is kept in the store: check --store, ARL_STORE and the network"
	case Is[*credential.KeyringError](err):
		return "put the credential into an environment variable, or name a program that prints it in auth.command of the profile; arl writes none into plain files"
	case Is[*credential.CommandError](err):
		return "nothing was sent; run the command of auth.command by hand"
	case Is[*credential.InvalidError](err):
		return "`arl auth status` says where each credential comes from"
	}
	token, ok := errors.AsType[*apiclient.TokenError](err)
	switch {
	case !ok:
		return ""
	case token.Login:
		return "`arl auth login " + token.API + "` logs in again"
	case token.Denied:
		return "check the client's id, its secret and the scope; `arl auth status` says where they come from"
	}
	return "check auth.token_url with `arl apis show`, and the network"
}

// issuerHint says what to do about an authorization server that does not say where it has what.
func issuerHint(err error) string {
	switch failure.Classify(err) {
	case failure.DNS, failure.Connect:
		return "check auth.issuer with `arl apis show`, and the network"
	case failure.Other:
		return "check auth.issuer with `arl apis show`; or name auth.token_url, and auth.authorize_url or auth.device_url, in its place"
	}
	return ""
}

func missingHint(e *credential.MissingError) string {
	var ways []string
	switch {
	case len(e.Pair) > 0:
		ways = append(ways, "export "+strings.Join(e.Pair, "=... ")+"=...")
	case len(e.Env) > 0:
		ways = append(ways, "export "+e.Env[0]+"=...")
	}
	if e.Keyring && e.KeyringErr == nil {
		ways = append(ways, "store it with `arl auth set "+e.API+"`")
	}
	ways = append(ways, "pass it with -H or -u")
	if last := len(ways) - 1; last > 0 {
		ways[last] = "or " + ways[last]
	}
	return strings.Join(ways, ", ")
}
