package session

import (
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/httpcache"
)

// CacheFlags say what is done with responses that are stored.
type CacheFlags struct {
	Cache     CacheValue
	IfChanged bool
}

func (o *CacheFlags) addFlags(f *pflag.FlagSet) {
	f.Var(&o.Cache, "cache", "Store responses to GET and HEAD: with the `POLICY` revalidate, check each time whether they have changed; with a duration such as 10m, reuse them for that long; off stores nothing")
	f.BoolVar(&o.IfChanged, "if-changed", false, "Write only responses that differ from the stored ones; implies --cache revalidate")
}

func (o *CacheFlags) check() error {
	if o.IfChanged && o.Cache.Given && !o.Cache.policy.On {
		return cli.Usagef("omit --cache off", "--if-changed cannot be used with --cache off: it compares responses with stored ones")
	}
	return nil
}

// policy is what the command line says; nil leaves it to the profile.
func (o *CacheFlags) policy() *config.CachePolicy {
	switch {
	case o.Cache.Given:
		return &o.Cache.policy
	case o.IfChanged:
		return &config.CachePolicy{On: true}
	}
	return nil
}

// CacheValue is a flag such as revalidate, 10m, off.
type CacheValue struct {
	policy config.CachePolicy
	Given  bool
}

// String implements pflag.Value.
func (v *CacheValue) String() string {
	if !v.Given {
		return ""
	}
	return v.policy.String()
}

// Type implements pflag.Value.
func (v *CacheValue) Type() string { return "POLICY" }

// Set implements pflag.Value.
func (v *CacheValue) Set(s string) (err error) {
	v.policy, err = httpcache.ParsePolicy(s, cli.ParseDuration)
	v.Given = true
	return err
}
