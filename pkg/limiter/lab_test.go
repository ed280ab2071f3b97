package limiter

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

type labRow struct {
	name    string
	mk      func() server
	nominal float64
	load    load
	params  *Params
}

func labRows() []labRow {
	const m = time.Minute
	at := func(n int, rtt int, d time.Duration) load {
		return load{inFlight: n, rtt: time.Duration(rtt) * time.Millisecond, duration: d}
	}
	return []labRow{
		{"bucket 3/s b10 RA", func() server { return &bucketServer{rate: 3, burst: 10, named: wholeSeconds} }, 3, at(16, 150, 20*m), nil},
		{"bucket 50/s b50 RA", func() server { return &bucketServer{rate: 50, burst: 50, named: wholeSeconds} }, 50, at(64, 200, 20*m), nil},
		{"bucket 20/s b5 RA", func() server { return &bucketServer{rate: 20, burst: 5, named: wholeSeconds} }, 20, at(16, 100, 20*m), nil},
		{"bucket 10/s b1", func() server { return &bucketServer{rate: 10, burst: 1} }, 10, at(16, 100, 20*m), nil},
		{"strict 10/s", func() server { return &strictServer{gap: 100e6} }, 10, at(16, 100, 20*m), nil},
		{"60/60s RA", func() server { return &windowServer{n: 60, span: 60e9, named: wholeSeconds} }, 1, at(16, 150, 60*m), nil},
		{"600/60s", func() server { return &windowServer{n: 600, span: 60e9} }, 10, at(64, 200, 40*m), nil},
		{"600/60s opens", func() server { return &windowServer{n: 600, span: 60e9, opens: true} }, 10, at(64, 200, 40*m), nil},
		{"rolling 100/10s RA", func() server { return &rollingServer{n: 100, span: 10e9, named: wholeSeconds} }, 10, at(16, 150, 20*m), nil},
		{"rolling 100/10s counts", func() server { return &rollingServer{n: 100, span: 10e9, counts: true} }, 10, at(16, 150, 20*m), nil},
		{"sliding 100/10s", func() server { return &slidingServer{n: 100, span: 10e9} }, 10, at(16, 150, 20*m), nil},
		{"5/s b5 lock30 RA", func() server {
			return &lockServer{server: &bucketServer{rate: 5, burst: 5}, lock: 30e9, named: wholeSeconds}
		}, 5, at(16, 200, 240*m), nil},
		{"5/s b5 lock30", func() server { return &lockServer{server: &bucketServer{rate: 5, burst: 5}, lock: 30e9} }, 5, at(16, 200, 240*m), nil},
		{"5/s b5 lock30 restarts", func() server {
			return &lockServer{server: &bucketServer{rate: 5, burst: 5}, lock: 30e9, restarts: true}
		}, 5, at(16, 200, 240*m), nil},
		{"roll 5/1s lock30 dp30", func() server {
			return &lockServer{server: &rollingServer{n: 5, span: 1e9}, lock: 30e9}
		}, 5, at(16, 200, 240*m), &Params{DefaultPause: 30 * time.Second}},
		{"8 at a time x 200ms", func() server { return &capServer{n: 8, work: steadily(200 * time.Millisecond)} }, 40, at(64, 50, 20*m), nil},
		{"6 at a time varied", func() server { return &capServer{n: 6, work: between(50*time.Millisecond, 950*time.Millisecond)} }, 12, at(64, 50, 20*m), nil},
		{"4 at a time x 3s", func() server { return &capServer{n: 4, work: between(2*time.Second, 4*time.Second)} }, 1.333, at(64, 100, 40*m), nil},
		{"20 at a time x 100ms", func() server { return &capServer{n: 20, work: between(80*time.Millisecond, 120*time.Millisecond)} }, 200, at(64, 20, 10*m), nil},
		{"20-5-40 RA", func() server {
			return &bucketServer{rates: changing(20, 600, 5, 1200, 40), burst: 20, named: wholeSeconds}
		}, 5, at(16, 150, 30*m), nil},
		{"20-5-40 silent", func() server {
			return &bucketServer{rates: changing(20, 600, 5, 1200, 40), burst: 20}
		}, 5, at(16, 150, 30*m), nil},
		{"bucket 1000/s b100", func() server { return &bucketServer{rate: 1000, burst: 100} }, 1000, at(400, 100, 5*m), nil},
		{"bucket 100/s b20 RA", func() server { return &bucketServer{rate: 100, burst: 20, named: wholeSeconds} }, 100, at(64, 100, 15*m), nil},
		{"50/60s RA", func() server { return &windowServer{n: 50, span: 60e9, named: wholeSeconds} }, 0.8333, at(16, 150, 60*m), nil},
		{"10/s and 300/min", func() server {
			return &bothServer{&bucketServer{rate: 10, burst: 10, named: wholeSeconds}, &windowServer{n: 300, span: 60e9, named: wholeSeconds}}
		}, 5, at(16, 150, 30*m), nil},
		{"rival half", func() server {
			return &rivalServer{server: &bucketServer{rate: 20, burst: 20, named: wholeSeconds}, rate: changing(0, 600, 10, 1200, 0)}
		}, 20, at(16, 150, 30*m), nil},
		{"rival swings", func() server {
			return &rivalServer{server: &bucketServer{rate: 20, burst: 20, named: wholeSeconds}, rate: swinging(10, 1200)}
		}, 20, at(16, 150, 60*m), nil},
		{"20->60 RA", func() server {
			return &bucketServer{rates: changing(20, 900, 60), burst: 20, named: wholeSeconds}
		}, 20, at(32, 150, 30*m), nil},
		{"5->15 lock30 RA", func() server {
			return &lockServer{server: &bucketServer{rates: changing(5, 3600, 15), burst: 5}, lock: 30e9, named: wholeSeconds}
		}, 5, at(16, 200, 240*m), nil},
		{"gcra 20/s b5", func() server { return &bucketServer{rate: 20, burst: 5} }, 20, at(16, 100, 20*m), nil},
		{"bucket 0.2/s b3 RA", func() server { return &bucketServer{rate: 0.2, burst: 3, named: wholeSeconds} }, 0.2, at(16, 150, 120*m), nil},
		{"bucket 100/s b500", func() server { return &bucketServer{rate: 100, burst: 500} }, 100, at(64, 100, 15*m), nil},
		{"tell 60/60s", func() server {
			return &tellingServer{windowServer{n: 60, span: 60e9, named: wholeSeconds}, roundUp}
		}, 1, at(16, 150, 60*m), nil},
		{"tell 60/60s down", func() server {
			return &tellingServer{windowServer{n: 60, span: 60e9, named: wholeSeconds}, roundDown}
		}, 1, at(16, 150, 60*m), nil},
		{"tell 5000/h", func() server {
			return &tellingServer{windowServer{n: 5000, span: 3600e9, opens: true, named: wholeSeconds}, roundDown}
		}, 1.3888, at(16, 150, 240*m), nil},
		{"20/1s windows", func() server { return &windowServer{n: 20, span: 1e9, named: wholeSeconds} }, 20, at(16, 100, 15*m), nil},
	}
}

func TestLab(t *testing.T) {
	only := os.Getenv("LAB")
	var sumEff, sumRef float64
	var n int
	for _, row := range labRows() {
		if only != "" && !strings.Contains(row.name, only) {
			continue
		}
		p := row.params
		if p == nil {
			p = &Params{}
		}
		best := bestPace(row.mk, row.nominal, row.load)
		for name, mean := range map[string]float64{"20-5-40": 21.67, "rival half": 16.67, "rival swings": 15, "20->60": 40, "5->15": 12.5} {
			if strings.HasPrefix(row.name, name) {
				best = int(mean * row.load.duration.Seconds())
			}
		}
		var s State
		s.Open(0, wallStart(), p, nil)
		srv := row.mk()
		if os.Getenv("DEBUG") != "" {
			row.load.trace = func(now int64, l *Law) {
				m := l.Last
				fmt.Printf("%7.1fs crowd %+v rate %6.2f-%6.2f t %6.1f n %5.0f P %4.1f vain %.1f -> [%6.2f %6.2f] target %6.2f burst %.1f span %.1f gap %d\n", float64(now)/1e9, l.Crowd, m.From, m.To, m.Time, m.Count, m.Pause, m.Vain, l.Low, l.Ceiling, l.Target, l.Burst, l.Span, l.Gap/1e9)
			}
		}
		o := simulate(&s, p, srv, row.load)
		learned := s.Learned(o.last, wallStart())
		eff := float64(o.accepted) / float64(best)
		var w State
		w.Open(0, wallStart().Add(time.Hour), p, &learned)
		wl := row.load
		wl.duration = min(wl.duration, 10*time.Minute)
		wo := simulate(&w, p, row.mk(), wl)
		wfirst := float64(wo.between(0, time.Minute)) / (float64(best) * 60 / row.load.duration.Seconds())
		fmt.Printf("%-24s best %5.1f%% eff %6.2f%% ref %5d %5.2f%% ev %4d rate %7.2f ceil %7.2f | warm %6.1f%% ref %d\n", row.name,
			100*float64(best)/(row.nominal*row.load.duration.Seconds()), 100*eff, o.refused, 100*o.refusedShare(), s.Counts.Events, s.Law.Rate, float64(s.Law.Crowd.Slots)+s.Law.Ceiling/1e6, 100*wfirst, wo.refused)
		sumEff += min(eff, 9)
		sumRef += o.refusedShare()
		n++
		if os.Getenv("TRACE") != "" {
			for i, r := range o.rates {
				if i%5 == 0 && i < 1000 || i%60 == 0 {
					fmt.Printf("  %5ds rate %7.2f acc %d\n", i, r, o.between(time.Duration(i)*time.Second, time.Duration(i+5)*time.Second))
				}
			}
		}
		if os.Getenv("REF") != "" {
			for _, r := range o.refusals {
				fmt.Printf("  %.1f", float64(r)/1e9)
			}
			fmt.Println()
		}
	}
	fmt.Printf("mean eff %.2f%% ref %.3f%%\n", 100*sumEff/float64(n), 100*sumRef/float64(n))
}
