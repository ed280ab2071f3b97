package credential

import (
	"bufio"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// Keys are what requests to AWS are signed with, and for what.
type Keys struct {
	ID, Secret, Session string // Session is empty unless the keys are temporary
	Service, Region     string
}

// SigV4 signs requests with AWS Signature Version 4. Its identity is the id of the key, unless that is temporary.
func SigV4(k Keys, source string) *Credential {
	c := &Credential{Source: source, kind: config.AuthSigV4, identity: k.ID, secrets: []string{k.Secret}, keys: &k}
	if k.Session != "" {
		c.identity, c.secrets = "", append(c.secrets, k.Session)
	}
	return c
}

// signedBy has a program sign each request.
func signedBy(command []string) *Credential {
	return &Credential{Source: "command " + command[0], kind: config.AuthSign, signer: command}
}

// Keys returns what requests are signed with; nil for a credential that is none of AWS.
func (c *Credential) Keys() *Keys {
	if c == nil {
		return nil
	}
	return c.keys
}

// Signer returns the program that signs requests; nil if none does.
func (c *Credential) Signer() []string {
	if c == nil {
		return nil
	}
	return c.signer
}

// signs returns the credential of a profile whose requests are signed.
func (f *finder) signs() (*Credential, error) {
	a := f.p.Auth
	if a.Type == config.AuthSign {
		return signedBy(a.Command), nil
	}
	k, source, err := f.awsKeys()
	if err != nil {
		return nil, err
	}
	if k.ID == "" || k.Secret == "" {
		if a.Optional {
			return nil, nil
		}
		return nil, &MissingError{API: f.p.Name, Env: []string{"AWS_PROFILE"}, Pair: []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}}
	}
	k.Service, k.Region = a.Service, cmp.Or(a.Region, f.env.value("AWS_REGION"), f.env.value("AWS_DEFAULT_REGION"))
	if k.Region == "" {
		return nil, &InvalidError{f.p.Name, source, "no region: set auth.region in the profile, or $AWS_REGION"}
	}
	if config.IndexControl(k.ID+k.Secret+k.Session) >= 0 {
		return nil, &InvalidError{f.p.Name, source, "it has a line break or a control character"}
	}
	return SigV4(k, source), nil
}

// awsKeys looks where AWS's own tools do: in the environment, then in the shared credentials file.
func (f *finder) awsKeys() (k Keys, source string, err error) {
	profile := f.env.value("AWS_PROFILE")
	k = Keys{ID: f.env.value("AWS_ACCESS_KEY_ID"), Secret: f.env.value("AWS_SECRET_ACCESS_KEY"), Session: f.env.value("AWS_SESSION_TOKEN")}
	if k.ID != "" && k.Secret != "" {
		return k, "$AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY", nil
	}
	name := f.env.value("AWS_SHARED_CREDENTIALS_FILE")
	if name == "" {
		home := f.env.value("HOME")
		if home == "" {
			home, _ = os.UserHomeDir()
		}
		name = filepath.Join(home, ".aws", "credentials")
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && profile == "" {
		return Keys{}, "", nil
	}
	if err != nil {
		return Keys{}, "", &InvalidError{f.p.Name, name, err.Error()}
	}
	profile = cmp.Or(profile, "default")
	k, ok := sharedKeys(string(text), profile)
	if !ok && f.env.value("AWS_PROFILE") != "" {
		return Keys{}, "", &InvalidError{f.p.Name, name, "it has no profile " + profile + " with aws_access_key_id and aws_secret_access_key"}
	}
	return k, name + " (profile " + profile + ")", nil
}

// sharedKeys reads a profile of a shared credentials file.
func sharedKeys(text, profile string) (k Keys, ok bool) {
	inside := false
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if section, is := strings.CutPrefix(line, "["); is {
			section, _, _ = strings.Cut(section, "]")
			inside = strings.TrimSpace(section) == profile
			continue
		}
		name, value, is := strings.Cut(line, "=")
		if !inside || !is || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			k.ID = value
		case "aws_secret_access_key":
			k.Secret = value
		case "aws_session_token":
			k.Session = value
		}
	}
	return k, k.ID != "" && k.Secret != ""
}

// value is what a variable has.
func (e environment) value(name string) string {
	value, _ := e.first([]string{name})
	return value
}
