package limiter_test

import (
	"testing"

	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T, string) storetest.Opener {
		m := limiter.NewMemory()
		return func(*testing.T) limiter.Store { return m }
	})
}
