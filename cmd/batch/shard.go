package batch

import (
	"github.com/arl-cli/arl/internal/batch/identity"
)

// shardValue is a flag such as 3/8.
type shardValue identity.Shard

// String implements pflag.Value.
func (v *shardValue) String() string { return (*identity.Shard)(v).String() }

// Type implements pflag.Value.
func (v *shardValue) Type() string { return "K/N" }

// Set implements pflag.Value.
func (v *shardValue) Set(s string) error {
	shard, err := identity.ParseShard(s)
	*v = shardValue(shard)
	return err
}
