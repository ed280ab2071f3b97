package pacing

import (
	"testing"
	"time"
)

// When the next slot of a key with a burst comes does not depend on what becomes of its rate meanwhile.
func TestNextSlotIsKeptWhenTheRateChanges(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.2, 1, 3, 50} {
		for _, burst := range []int{1, 2, 100} {
			p := &Params{InitialRate: 2, Burst: 100}
			var s State
			s.Open(0, time.Unix(0, 0), p, nil)
			for range 3 {
				if r := s.Reserve(int64(time.Minute), ReserveRequest{}); !r.Granted || r.Wait > 0 {
					t.Fatalf("after a minute %+v, want a slot at once", r)
				}
			}
			s.Next += 50 * int64(time.Minute)
			before := s.nextSlot()
			s.Controller.Rate = rate
			s.setInterval()
			if got := s.nextSlot(); got != before {
				t.Errorf("at a rate of %v: the next slot moved by %v", rate, time.Duration(got-before))
			}
			s.Adopt(&Params{InitialRate: 2, MaxRate: rate, Burst: burst})
			if got := s.nextSlot(); got != before {
				t.Errorf("with a burst of %d: the next slot moved by %v", burst, time.Duration(got-before))
			}
		}
	}
}
