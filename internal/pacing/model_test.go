package pacing

import (
	"math"
	"testing"
)

// A limit admits or throttles a request at an instant, in seconds.
type plainLimit func(at float64) bool

func plainBucket(rate, holds float64) plainLimit {
	tokens, last := holds, 0.0
	return func(at float64) bool {
		tokens, last = min(holds, tokens+(at-last)*rate), at
		if tokens < 1 {
			return false
		}
		tokens--
		return true
	}
}

func plainSliding(quota int, length float64) plainLimit {
	var sent []float64
	return func(at float64) bool {
		for len(sent) > 0 && sent[0] <= at-length {
			sent = sent[1:]
		}
		if len(sent) >= quota {
			return false
		}
		sent = append(sent, at)
		return true
	}
}

// A few throttles tell which limiter stands there, and with which numbers, if it is one that the model knows.
func TestModel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limit  plainLimit
		rate   float64
		within float64
		kinds  []LimitKind
	}{
		{"bucket 50/s of 25", plainBucket(50, 25), 50, 0.06, []LimitKind{LimitBucket}},
		{"bucket 20/s of 20", plainBucket(20, 20), 20, 0.06, []LimitKind{LimitBucket}},
		{"bucket 200/s of 300", plainBucket(200, 300), 200, 0.06, []LimitKind{LimitBucket}},
		{"100 in any 4 s", plainSliding(100, 4), 25, 0.1, []LimitKind{LimitSliding, LimitFixed}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := Controller{Top: 1}
			at, rate := 0.0, 2.0
			var count, since float64
			for throttles := 0; throttles < 4; {
				at += 1 / rate
				if tt.limit(at) {
					l.trail.add(int64(at*1e9), 1, 1)
					count++
					if throttles == 0 {
						rate += 0.9
					} else {
						rate += 0.05
					}
					continue
				}
				throttles++
				l.Throttles.add(int64(at*1e9), false)
				l.Top, l.ThrottleCost = max(l.Top, rate), minThrottleCost
				low, high := count/(at-since+1), rate
				at++ // the pause
				for !tt.limit(at) {
					l.Throttles.add(int64(at*1e9), true)
					at++
				}
				f, ok := l.explain(int64(at*1e9), low, high)
				if !ok {
					t.Fatalf("throttle %d at %.1f/s explains nothing", throttles, rate)
				}
				rate, count, since = 1.1*f.Rate, 0, at
				if throttles < 4 {
					continue
				}
				if off := math.Abs(f.Rate/tt.rate - 1); off > tt.within {
					t.Errorf("rate %.1f/s, want %.1f/s: %+v", f.Rate, tt.rate, f)
				}
				l.noteKind(&f)
				known := false
				for _, kind := range tt.kinds {
					known = known || LimitKind(l.Kind) == kind
				}
				if !known {
					t.Errorf("takes it for %v, want one of %v: %+v", LimitKind(l.Kind), tt.kinds, f)
				}
			}
		})
	}
}

// What was accepted is found again in the trail, for as long as it is kept.
func TestTrail(t *testing.T) {
	t.Parallel()
	var tr trail
	for i := range int64(800) {
		tr.add(i*50e6, 1, 1)
	}
	var space [maxStretches]stretch
	sum, seconds := 0.0, 0.0
	for _, s := range tr.read(40e9, &space) {
		sum, seconds = sum+s.Count, seconds+s.Seconds
	}
	if sum != 800 || math.Abs(seconds-40) > 1.1 {
		t.Errorf("%v accepted in %v s, want 800 in 40", sum, seconds)
	}
	tr.add(400e9, 1, 1)
	if list := tr.read(400e9, &space); len(list) != 1 || list[0].Count != 1 {
		t.Errorf("after a long rest: %v", list)
	}
}

func BenchmarkModel(b *testing.B) {
	l := Controller{Top: 100}
	limit := plainBucket(50, 25)
	for at := 0.0; at < 20; at += 1 / 60.0 {
		if limit(at) {
			l.trail.add(int64(at*1e9), 1, 1)
		}
	}
	l.Throttles.add(5e9, false)
	l.Throttles.add(10e9, false)
	for b.Loop() {
		l.explain(20e9, 20, 100)
	}
}

// While the model is not sure, the rate rises when nothing has been throttled for some time, if a throttle costs little:
// sooner after few throttles than after many, and never far.
func TestBoldness(t *testing.T) {
	t.Parallel()
	at := func(fits int64, pause, quiet float64) float64 {
		c := Controller{Fits: fits, Burst: 5, Last: Measurement{Pause: pause}}
		return c.boldness(int64(quiet*1e9), 0.2)
	}
	if got := at(2, 0.25, 2); got != 0 {
		t.Errorf("after 2 s and two cheap throttles: %v deviations above the mean, want 0", got)
	}
	if soon, late := at(2, 0.25, 7), at(3, 0.25, 7); soon <= 0 || late >= 0 {
		t.Errorf("after 7 s: %v deviations above the mean after two throttles, want some; %v after three, want some below", soon, late)
	}
	if got := at(3, 0.25, 20); got <= 0 {
		t.Errorf("after 20 s and three throttles: %v, want some above the mean", got)
	}
	if got := at(2, 1, 60); got != 0 {
		t.Errorf("a second lost for each throttle: %v, want none to be risked", got)
	}
	told := Controller{Fits: 3, Burst: 5, Last: Measurement{Pause: 1}}
	told.flows[0].ID = 1
	if got := told.boldness(60e9, 0.2); got >= 0 {
		t.Errorf("headers say what remains, three throttles: %v deviations above the mean, want some below", got)
	}
}
