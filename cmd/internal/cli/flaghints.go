package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/spelling"
)

// FlagHint says what was meant by a flag that does not exist; empty if nothing is like it.
func FlagHint(c *cobra.Command, err error) string {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return ""
	}
	name := unknown.GetSpecifiedName()
	if hint := elsewhereCalled(name); hint != "" {
		return hint
	}
	if len(name) < 3 {
		return ""
	}
	if near := nearestFlag(c, name); near != "" {
		return "did you mean --" + near + "?"
	}
	return ""
}

// elsewhereCalled knows flags of curl, gh and others for which arl has another way.
func elsewhereCalled(name string) string {
	switch name {
	case "paginate", "slurp":
		return "--all follows the pages of a list; see `arl help pagination`"
	case "Z", "parallel", "parallel-max", "parallel-immediate":
		return "`arl batch` sends many requests at once, as fast as the limit allows"
	case "limit-rate":
		return "--rate N/s bounds requests; bytes per second are not bounded"
	case "location-trusted":
		return "a credential stays with the origin it is for; send it to the other URL itself"
	case "ntlm", "negotiate", "anyauth":
		return "arl sends Basic (-u), Digest (--digest), Bearer (--oauth2-bearer), OAuth2 and headers (-H)"
	case "retry-delay":
		return "retries back off by themselves, and a Retry-After is obeyed; --retry N says how many there may be"
	case "next", ":":
		return "one request at a time; `arl batch` sends many"
	case "input":
		return "-d @FILE or --json @FILE sends a file"
	case "method":
		return "-X METHOD of `arl request`"
	case "cache":
		return "see `arl get --help-all`"
	}
	return ""
}

// nearestFlag is the flag that differs least from a name, if that is little; of several the one that begins most alike.
func nearestFlag(c *cobra.Command, name string) (near string) {
	most, same := min(3, 1+len(name)/3), -1
	c.Flags().VisitAll(func(f *pflag.Flag) {
		d, alike := spelling.Distance(f.Name, name), commonPrefix(f.Name, name)
		if !f.Hidden && (d < most || d == most && alike > same) {
			near, most, same = f.Name, d, alike
		}
	})
	return near
}

// commonPrefix is with how many bytes both begin.
func commonPrefix(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
