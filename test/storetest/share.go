package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// keepsToShares: a process with a share has that part of the rate, and no more; those that make the whole use all of it.
func keepsToShares(t *testing.T, open Opener) {
	const span = 60 * time.Second
	for _, at := range []struct {
		rate   float64
		shares []float64
	}{{5, []float64{0.5, 0.5}}, {40, []float64{0.5, 0.5}}, {40, []float64{0.3}}, {4, []float64{0.5, 0.3, 0.2}}, {40, []float64{0.5, 0.3, 0.2}}, {4, []float64{0.9, 0.1}}} {
		var crews []*crew
		for _, share := range at.shares {
			crews = append(crews, musterAs(t, open, limiter.Config{Share: share}, fmt.Sprint(at), 1, 10, at.rate))
		}
		sent := over(span, crews...)
		for i, share := range at.shares {
			crews[i].end()
			all := at.rate * span.Seconds()
			part := sent[i] / all
			if part < 0.97*share-2/all || part > 1.02*share+2/all {
				t.Errorf("shares of %v at %v/s: the one of %v had %.3f", at.shares, at.rate, share, part)
			}
		}
	}
}
