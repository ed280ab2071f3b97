package batch

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/terminal"
)

// showSharing says which keys of a plan other processes use at the moment: their rate is one for all of them.
func (o *options) showSharing(ctx context.Context, paces map[string]*pace) error {
	live, err := session.OpenLive(o.env, o.global)
	if err != nil {
		return err
	}
	defer live.Close() //nolint:errcheck // nothing was written
	users, err := live.Users(ctx)
	if err != nil {
		return nil //nolint:nilerr // the plan is as good without
	}
	others := map[string]int{}
	for _, user := range users {
		for _, use := range user.Uses {
			if paces[use.Key] != nil {
				others[use.Key]++
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(others)) {
		fmt.Fprintf(o.env.Out, "%s is shared with %s now, so it may take longer\n", terminal.Plain(key), terminal.OtherProcesses(others[key]))
	}
	return nil
}
