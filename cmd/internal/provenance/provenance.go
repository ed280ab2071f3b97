// Package provenance begins the manifests of commands: what all of them say of a run.
package provenance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/evidence"
	"github.com/arl-cli/arl/internal/redact"
)

// Create begins a manifest, or takes one up. Its errors are for people.
func Create(path string, resume bool) (*evidence.Writer, error) {
	w, err := evidence.Create(path, resume)
	line, broken := errors.AsType[*evidence.LineError](err)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, cli.Usagef("move it away, or name another file; only arl batch --resume continues it", "--manifest: %s is not empty", path)
	case broken:
		return nil, cli.Usagef("nothing was sent; check it with `arl verify`, or name another file to start a new one", "--manifest: %s: %v", path, line)
	case err != nil:
		return nil, cli.Usagef("", "--manifest: %v", err)
	}
	return w, nil
}

// Start is who fetches, and with what. apis are those that are known before anything is sent.
func Start(s *session.Session, g *cli.GlobalOptions, apis ...string) evidence.Start {
	e := s.Env
	start := evidence.Start{ARL: e.Build.Version, Command: append([]string{"arl"}, Command(e.Args, e.Secrets.Redact)...), User: e.Getenv("USER")}
	start.Host, _ = os.Hostname() // it is not vital
	path := g.Config
	if path == "" {
		path = s.Paths.ConfigFile()
	}
	if text, err := os.ReadFile(path); err == nil {
		sum := sha256.Sum256(text)
		start.Config = &evidence.File{Name: filepath.Base(path), Bytes: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}
	}
	for _, api := range apis {
		if p, err := s.Profile(api); err == nil {
			start.Profiles = append(start.Profiles, evidence.Profile{API: p.Name, SHA256: hashOf(p)})
		}
	}
	return start
}

// hashOf is the hash of a profile's values, one a line, as `arl apis show` has them.
func hashOf(p *config.Profile) string {
	sum := sha256.New()
	for _, v := range p.Values() {
		sum.Write([]byte(v.Path + "\t" + v.Text + "\n"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// hidden are options whose values a manifest does not repeat: credentials, and data, of which requests have the hash.
const hidden = " -u --user -H --header --oauth2-bearer -b --cookie -E --cert --key -x --proxy -d --data --data-raw --data-binary " +
	"--data-urlencode --json -F --form --form-string --field --raw-field --url-query -e --referer "

// Command is a command line without what may be secret.
func Command(args []string, hide func(string) string) []string {
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		name, _, attached := strings.Cut(args[i], "=")
		long := strings.HasPrefix(name, "--")
		switch {
		case long && attached && isHidden(name):
			out = append(out, name+"="+redact.Hidden)
		case !attached && isHidden(name) && i+1 < len(args):
			out = append(out, name, redact.Hidden)
			i++
		case !long && len(args[i]) > 2 && args[i][0] == '-' && takesSecret(args[i]):
			out = append(out, "-"+redact.Hidden)
			if isHidden("-"+args[i][len(args[i])-1:]) && i+1 < len(args) { // its value may follow
				out = append(out, redact.Hidden)
				i++
			}
		default:
			out = append(out, hide(redact.Text(args[i])))
		}
	}
	return out
}

func isHidden(name string) bool { return strings.Contains(hidden, " "+name+" ") }

// takesSecret reports whether one of several letters together, such as -su or -uuser:password, is such an option.
func takesSecret(arg string) bool {
	for _, letter := range arg[1:] {
		if isHidden("-" + string(letter)) {
			return true
		}
	}
	return false
}

// Keys are those that rates were learned under: each has the short hash of its credential's identity behind @.
func Keys(s *session.Session) (keys []string) {
	for key := range s.Limiter.Snapshot() {
		if len(keys) < maxKeys && !config.IsSharedKey(key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// maxKeys is how many keys a manifest names.
const maxKeys = 1000
