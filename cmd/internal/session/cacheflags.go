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
	f.Var(&o.Cache, "cache", "Store responses to GET and HEAD: `POLICY` revalidate asks each time whether they still hold, a duration such as 10m does not ask within it, off stores nothing")
	f.BoolVar(&o.IfChanged, "if-changed", false, "Write only what differs from the stored response; without --cache it asks each time")
}

func (o *CacheFlags) check() error {
	if o.IfChanged && o.Cache.Given && !o.Cache.policy.On {
		return cli.Usagef("leave out --cache off", "--if-changed compares with what is stored, and --cache off stores nothing")
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
