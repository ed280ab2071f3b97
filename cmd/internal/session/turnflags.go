package session

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
)

// TurnFlags say who goes first, and how much a process takes, among the processes that share a limit.
type TurnFlags struct {
	Priority int
	Share    config.Share
}

func (t *TurnFlags) addFlags(f *pflag.FlagSet) {
	f.Var((*ShareValue)(&t.Share), "share", "Use at most this `PART` of each limit, such as 50%")
	f.Var((*PriorityValue)(&t.Priority), "priority", "Set the priority among processes that wait for the same limit: `LEVEL` is low, normal or high")
}

// PriorityValue is a flag: low, normal or high.
type PriorityValue int

// String implements pflag.Value.
func (p *PriorityValue) String() string { return pacing.Priority(*p).String() }

// Type implements pflag.Value.
func (p *PriorityValue) Type() string { return "low|normal|high" }

// Set implements pflag.Value.
func (p *PriorityValue) Set(s string) error {
	for _, known := range []pacing.Priority{pacing.PriorityLow, pacing.PriorityNormal, pacing.PriorityHigh} {
		if s == known.String() {
			*p = PriorityValue(known)
			return nil
		}
	}
	return fmt.Errorf("%q is not low, normal or high", s)
}

// ShareValue is a flag such as 50%.
type ShareValue config.Share

// String implements pflag.Value.
func (s *ShareValue) String() string { return config.Share(*s).String() }

// Type implements pflag.Value.
func (s *ShareValue) Type() string { return "N%" }

// Set implements pflag.Value.
func (s *ShareValue) Set(text string) error {
	share, err := config.ParseShare(text)
	*s = ShareValue(share)
	return err
}
