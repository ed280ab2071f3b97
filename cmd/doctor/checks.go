package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

func (d *doctor) version() {
	d.say("version", statusOK, "", "arl %s, %s, %s/%s", d.env.Build.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// configFile is the configuration that is used; empty without a home.
func (d *doctor) configFile() string {
	if d.global.Config != "" {
		return d.global.Config
	}
	return d.paths.ConfigFile()
}

func (d *doctor) configuration() {
	const check = "configuration"
	path := d.configFile()
	if path == "" {
		d.say(check, statusWarn, "set HOME or ARL_CONFIG_DIR", "there is no home directory: nothing is read, nothing is remembered")
	}
	r, err := session.Registry(d.env, d.global)
	if err == nil {
		err = r.Check()
	}
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			d.say(check, statusFail, "", "%s", line)
		}
		d.findings[len(d.findings)-1].Hint = "correct it, then check it with `arl apis check`"
		return
	}
	d.registry = r
	if _, err := os.Stat(path); err != nil && path != "" {
		d.say(check, statusOK, "", "%s is not there: the %d built-in profiles", path, len(r.Names()))
	} else if path != "" {
		d.say(check, statusOK, "", "%s: %d profiles, %d of them yours", path, len(r.Names()), len(d.own()))
	}
}

// own are the profiles that the configuration adds or changes.
func (d *doctor) own() []*config.Profile {
	var own []*config.Profile
	for _, name := range d.registry.Names() {
		if p, err := d.registry.Profile(name); err == nil && !p.Place("").BuiltIn {
			own = append(own, p)
		}
	}
	return own
}

// permissions looks at who else may read or write arl's files.
func (d *doctor) permissions() {
	const check = "permissions"
	good := len(d.findings)
	for _, file := range []struct {
		path   string
		others fs.FileMode // what nobody else may do
	}{
		{d.configFile(), 0o022}, {d.paths.RatesFile(), 0o077}, {d.paths.Config, 0o022}, {d.paths.Live, 0o077},
	} {
		if file.path != "" {
			d.permission(check, file.path, file.others)
		}
	}
	if dir := d.paths.Config; dir != "" {
		if err := writable(dir); err != nil {
			d.say(check, statusFail, "what is learned cannot be kept; check who owns the directory, and the room there", "%s: %v", dir, err)
		}
	}
	if len(d.findings) == good {
		d.say(check, statusOK, "", "no other user can change the configuration or read learned rates")
	}
}

func (d *doctor) permission(check, path string, others fs.FileMode) {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		d.say(check, statusFail, "check the directories above it", "%s cannot be looked at: %v", path, reasonOf(err))
		return
	}
	if f, err := os.Open(path); err != nil {
		d.say(check, statusFail, "it may belong to root, after a run with sudo: change its owner", "%s cannot be read: %v", path, reasonOf(err))
		return
	} else if err := f.Close(); err != nil {
		d.say(check, statusFail, "", "%s cannot be read: %v", path, reasonOf(err))
	}
	if open := fi.Mode().Perm() & others; open != 0 && runtime.GOOS != "windows" {
		what := "read"
		if open&0o022 != 0 {
			what = "changed"
		}
		d.say(check, statusWarn, "chmod go-rwx "+path, "%s can be %s by others (%v)", path, what, fi.Mode().Perm())
	}
}

// writable says why a directory cannot be written to, or not be made.
func writable(dir string) error {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096)) // an empty file has room on a full disk
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// reasonOf is what went wrong with a file, without its name.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

func (d *doctor) store(ctx context.Context) {
	const check = "store"
	if d.registry == nil {
		d.say(check, statusWarn, "", "not looked at: the configuration may name one")
		return
	}
	live, err := session.OpenLive(d.env, d.global)
	if err != nil {
		d.say(check, statusFail, cli.Hint(err), "%v", err)
		return
	}
	defer live.Close() //nolint:errcheck // nothing was written
	err = live.Check(ctx)
	switch {
	case redisstore.IsDenied(err):
		d.say(check, statusFail, "check its address, user and password; ARL_STORE_PASSWORD holds one", "%v", err)
	case err != nil:
		d.say(check, statusFail, "until it works each process goes on with a budget of its own", "%v", err)
	case !live.Shared() && d.paths.Live == "":
		d.say(check, statusWarn, "set HOME or ARL_RUNTIME_DIR", "in memory, without a home directory: each process has a budget of its own")
	case !live.Shared():
		d.say(check, statusWarn, "--store file shares one budget on this machine", "in memory: each process has a budget of its own")
	case d.paths.Live == live.Place():
		d.say(check, statusOK, "", "%s: can be written, and locks hold", live.Place())
	default:
		d.say(check, statusOK, "", "%s is there", live.Place())
	}
}

// clock looks at the calendar, which remembers pauses, and the time since boot, which paces.
func (d *doctor) clock() {
	const check = "clock"
	now := time.Now()
	boot, since := filestore.Clock()
	switch {
	case now.Year() < 2025 || now.Year() > 2100:
		d.say(check, statusFail, "set the clock: pauses and documented limits are remembered by it", "it is %s here", now.Format(time.RFC3339))
	case boot == "" && runtime.GOOS != "windows":
		d.say(check, statusWarn, "after a boot arl may take old live state for new for a moment", "the system does not tell one boot from another")
	case boot == "":
		d.say(check, statusOK, "", "%s", now.Format(time.RFC3339))
	default:
		d.say(check, statusOK, "", "%s, up for %s", now.Format(time.RFC3339), terminal.Span(since))
	}
}

func (d *doctor) rates() {
	const check = "rates"
	path := d.paths.RatesFile()
	if path == "" {
		return
	}
	aside, _ := filepath.Glob(path + ".bad-*") // the pattern is a good one
	if len(aside) > 0 {
		d.say(check, statusWarn, "look at it, then remove it", "%s was damaged and set aside", aside[len(aside)-1])
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		d.say(check, statusOK, "", "%s is not there: nothing has been learned yet", path)
		return
	}
	if err != nil {
		d.say(check, statusFail, "check who owns it", "%s cannot be read: %v", path, reasonOf(err))
		return
	}
	known, err := ratesfile.Parse(text)
	if err != nil {
		d.say(check, statusFail, "the next run sets it aside and learns from the start; or repair it first", "%s is damaged: %v", path, err)
		return
	}
	for key, l := range known {
		if ahead := time.Until(l.Updated); ahead > 5*time.Minute {
			d.say(check, statusWarn, "the clock was wrong then, or is now; `arl rates reset KEY` forgets it", "%s: written in %s, by this clock", key, terminal.Span(ahead))
		}
	}
	d.say(check, statusOK, "", "%s; keys: %d", path, len(known))
}

// credentials says where they come from; a built-in profile without one is only not used yet.
func (d *doctor) credentials() {
	const check = "credentials"
	if d.registry == nil {
		return
	}
	var without []string
	for _, name := range d.registry.Names() {
		p, err := d.registry.Profile(name)
		if err != nil || p.Auth == nil {
			continue
		}
		source, err := credential.Source(p, d.env.Getenv) // which runs no program
		switch {
		case cli.Is[*credential.InvalidError](err):
			d.say(check, statusFail, "set it again", "%v", err)
		case err != nil && !p.Place("").BuiltIn:
			d.say(check, statusWarn, cli.Hint(err), "%v", err)
		case err != nil || source == "":
			without = append(without, name)
		default:
			d.say(check, statusOK, "", "%s: %s", name, source)
		}
	}
	if len(without) > 0 {
		d.say(check, statusOK, "", "none for %s; `arl apis` says which variable", strings.Join(without, ", "))
	}
}

// proxies says what the environment asks for, without passwords.
func (d *doctor) proxies() {
	const check = "proxies"
	some := false
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		value := d.env.Getenv(name)
		if value == "" {
			name = strings.ToLower(name)
			value = d.env.Getenv(name)
		}
		if value == "" {
			continue
		}
		some = true
		if !strings.Contains(value, "://") {
			value = "http://" + value
		}
		u, err := url.Parse(value)
		if err != nil || u.Host == "" {
			d.say(check, statusFail, "such as http://127.0.0.1:3128", "$%s is not the URL of a proxy", name)
			continue
		}
		d.say(check, statusOK, "", "$%s: %s://%s", name, u.Scheme, u.Host)
	}
	if !some {
		d.say(check, statusOK, "", "none")
	}
}
