package pacing_test

import (
	"testing"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/test/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T, string) storetest.Opener {
		m := pacing.NewMemory()
		return func(*testing.T) pacing.Store { return m }
	})
}
