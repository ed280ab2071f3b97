package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/test/fleet"
	"github.com/arl-cli/arl/test/redistest"
)

const (
	fleetLimit  = 100 // requests per second, of which nobody is told
	fleetSettle = 10 * time.Second
	fleetDelay  = 500 * time.Microsecond // each way
)

// A formation is processes that share one budget.
type formation struct {
	name      string
	processes int
	hosts     int
	redis     bool
	delayed   bool // by a millisecond for each round trip to Redis
}

func formations() []formation {
	return []formation{
		{name: "1 process, files", processes: 1, hosts: 1},
		{name: "2 processes, files", processes: 2, hosts: 1},
		{name: "8 processes, files", processes: 8, hosts: 1},
		{name: "32 processes, files", processes: 32, hosts: 1},
		{name: "4 hosts with 2 each, Redis", processes: 8, hosts: 4, redis: true},
		{name: "4 hosts with 8 each, Redis 1 ms further away", processes: 32, hosts: 4, redis: true, delayed: true},
	}
}

// fleetHeaders are what the server says of its limit.
func fleetHeaders() []string { return []string{"retry-after", "none"} }

func fleetHeader(name string) string {
	if name == "none" {
		return "no header"
	}
	return "Retry-After"
}

// measureFleet finds out whether many processes use a limit as well as one alone does.
func measureFleet(ctx context.Context, l *lab) error {
	f := &fleets{lab: l}
	for _, measure := range []func(context.Context) error{f.all, f.xargs, f.killed, f.costs} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	if l.docs == "" {
		return nil
	}
	return f.text.into(l.docs, "fleet")
}

// fleets is what has been measured so far.
type fleets struct {
	lab  *lab
	text document
}

// seen is what servers saw of the formations, by their names.
type seen struct{ rates, throttled map[string]sample }

// all measures every formation, taking turns; against a server of each kind at a time, which leaves a machine
// idle enough.
func (f *fleets) all(ctx context.Context) error {
	all := map[string]*seen{}
	for _, headers := range fleetHeaders() {
		all[headers] = &seen{map[string]sample{}, map[string]sample{}}
	}
	for round := range f.lab.pick(3, 1) {
		for _, form := range formations() {
			if form.redis && !redistest.Installed() {
				continue
			}
			f.lab.say("fleet: %s, round %d", form.name, round+1)
			if err := f.formEach(ctx, form, all); err != nil {
				return fmt.Errorf("%s: %w", form.name, err)
			}
		}
	}
	for _, headers := range fleetHeaders() {
		f.report(headers, all[headers].rates, all[headers].throttled)
	}
	return nil
}

// formEach measures a formation against a server of each kind at once.
func (f *fleets) formEach(ctx context.Context, form formation, all map[string]*seen) error {
	got, errs := make([]fleet.Tally, len(fleetHeaders())), make([]error, len(fleetHeaders()))
	var each sync.WaitGroup
	for i, headers := range fleetHeaders() {
		each.Go(func() { got[i], errs[i] = f.form(ctx, form, headers) })
	}
	each.Wait()
	for i, headers := range fleetHeaders() {
		s := all[headers]
		s.rates[form.name] = append(s.rates[form.name], got[i].Rate())
		s.throttled[form.name] = append(s.throttled[form.name], 100*got[i].Share())
	}
	return errors.Join(errs...)
}

func (f *fleets) report(headers string, rates, throttled map[string]sample) {
	f.text.head("the server sends "+fleetHeader(headers), "accepted", "of one process", "throttled")
	alone := rates[formations()[0].name].median()
	for _, form := range formations() {
		r := rates[form.name]
		if r == nil {
			f.lab.table.note(form.name + ": redis-server is not installed")
			continue
		}
		part := make(sample, len(r))
		for i := range r {
			part[i] = 100 * r[i] / alone
		}
		f.lab.table.add(headers+": "+form.name, r, "/s")
		f.lab.table.atLeast(95, "  of one process", part, "%")
		f.lab.table.atMost(1, "  throttled", throttled[form.name], "%")
		f.text.row(form.name, number(r.median())+"/s", number(part.median())+" %", number(throttled[form.name].median())+" %")
	}
}

// form measures one formation, from its cold start on.
func (f *fleets) form(ctx context.Context, form formation, headers string) (fleet.Tally, error) {
	s, err := f.serve(ctx, headers)
	if err != nil {
		return fleet.Tally{}, err
	}
	defer s.Stop()
	store, done, err := f.store(ctx, form)
	if err != nil {
		return fleet.Tally{}, err
	}
	defer done()
	hosts, err := f.hosts(form, s.URL, store)
	if err != nil {
		return fleet.Tally{}, err
	}
	crew, err := fleet.Launch(ctx, hosts, form.processes)
	if err != nil {
		return fleet.Tally{}, err
	}
	defer crew.Stop()
	if err := sleep(ctx, fleetSettle); err != nil {
		return fleet.Tally{}, err
	}
	got, err := s.Over(ctx, time.Duration(f.lab.pick(20, 10))*time.Second)
	if err == nil {
		err = crew.Check()
	}
	return got, err
}

func (f *fleets) serve(ctx context.Context, headers string) (*fleet.Server, error) {
	lab := fleet.Lab{Arl: f.lab.arl}
	return lab.Serve(ctx, "--limit", fmt.Sprintf("%d/s", fleetLimit), "--burst", "20", "--headers", headers)
}

// hosts makes the hosts of a formation.
func (f *fleets) hosts(form formation, url, store string) ([]*fleet.Host, error) {
	dir, err := f.lab.directory("hosts")
	if err != nil {
		return nil, err
	}
	lab := fleet.Lab{Arl: f.lab.arl, Dir: dir}
	return lab.Hosts(form.hosts, url, store)
}

// store starts what a formation shares its budget through.
func (f *fleets) store(ctx context.Context, form formation) (address string, done func(), err error) {
	if !form.redis {
		return "", func() {}, nil
	}
	dir, err := f.lab.directory("redis")
	if err != nil {
		return "", nil, err
	}
	r, err := redistest.New(dir)
	if err != nil || !form.delayed {
		return "redis://" + r.Addr, r.Kill, err
	}
	w, err := redistest.Forward(ctx, r.Addr, fleetDelay)
	if err != nil {
		r.Kill()
		return "", nil, err
	}
	return "redis://" + w.Addr, func() { w.Close(); r.Kill() }, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// xargs counts what many short processes cost: all of their throttles, from a cold start on.
func (f *fleets) xargs(ctx context.Context) error {
	f.text.head("`seq 400 \\| xargs -P8 -I{} arl get api /items/{}`", "took", "throttled")
	for _, headers := range fleetHeaders() {
		var took, throttled sample
		for range f.lab.pick(3, 1) {
			f.lab.say("fleet: xargs, headers %s", headers)
			got, err := f.xargsOnce(ctx, headers)
			if err != nil {
				return err
			}
			took, throttled = append(took, got.In.Seconds()), append(throttled, 100*got.Share())
		}
		f.lab.table.add("xargs -P8 arl get, 400 times, headers "+headers, took, " s")
		f.lab.table.atMost(1, "  throttled", throttled, "%")
		f.text.row("the server sends "+fleetHeader(headers), number(took.median())+" s", number(throttled.median())+" %")
	}
	return nil
}

func (f *fleets) xargsOnce(ctx context.Context, headers string) (got fleet.Tally, err error) {
	s, err := f.serve(ctx, headers)
	if err != nil {
		return got, err
	}
	defer s.Stop()
	h, err := f.hosts(formation{hosts: 1}, s.URL, "")
	if err != nil {
		return got, err
	}
	start := time.Now()
	if err := h[0].Xargs(ctx, 400, 8); err != nil {
		return got, err
	}
	took := time.Since(start)
	got, err = s.Count(ctx)
	got.In = took
	return got, err
}

// killed kills half of the processes every ten seconds, and looks whether the others have the pace again.
func (f *fleets) killed(ctx context.Context) error {
	const processes, again, looked = 16, 3 * time.Second, 5 * time.Second
	f.text.head("kill -9 of 8 of 16 processes every 10 s", "before", "from 3 s after it on", "throttled")
	for _, form := range []formation{{name: "files", processes: processes, hosts: 1}, {name: "4 hosts, Redis", processes: processes, hosts: 4, redis: true}} {
		if form.redis && !redistest.Installed() {
			continue
		}
		f.lab.say("fleet: kill -9, %s", form.name)
		before, after, throttled, err := f.killRounds(ctx, form, again, looked)
		if err != nil {
			return err
		}
		f.lab.table.add("kill -9, "+form.name+": before", before, "/s")
		f.lab.table.atLeast(0.95*before.median(), "  3 s after it", after, "/s")
		f.lab.table.atMost(1, "  throttled", throttled, "%")
		f.text.row(form.name, number(before.median())+"/s", number(after.median())+"/s", number(throttled.median())+" %")
	}
	return nil
}

func (f *fleets) killRounds(ctx context.Context, form formation, again, looked time.Duration) (before, after, throttled sample, err error) {
	s, err := f.serve(ctx, "retry-after")
	if err != nil {
		return nil, nil, nil, err
	}
	defer s.Stop()
	store, done, err := f.store(ctx, form)
	if err != nil {
		return nil, nil, nil, err
	}
	defer done()
	hosts, err := f.hosts(form, s.URL, store)
	if err != nil {
		return nil, nil, nil, err
	}
	crew, err := fleet.Launch(ctx, hosts, form.processes)
	if err != nil {
		return nil, nil, nil, err
	}
	defer crew.Stop()
	err = sleep(ctx, 3*fleetSettle) // until most is learned
	for range f.lab.pick(5, 2) {
		var was, now fleet.Tally
		steps := []func() error{
			func() (err error) { was, err = s.Over(ctx, 10*time.Second-again-looked); return err },
			func() error { crew.Kill(form.processes / 2); return sleep(ctx, again) },
			func() (err error) { now, err = s.Over(ctx, looked); return err },
			func() error { return crew.More(ctx, form.processes/2) },
		}
		for _, step := range steps {
			if err == nil {
				err = step()
			}
		}
		if err != nil {
			return nil, nil, nil, err
		}
		before, after, throttled = append(before, was.Rate()), append(after, now.Rate()), append(throttled, 100*now.Share())
	}
	return before, after, throttled, nil
}

// costs are what a step costs, from the benchmarks of the stores.
func (f *fleets) costs(ctx context.Context) error {
	f.text.head("a slot, and what became of it", "files", "Redis, two round trips")
	row := []string{"one process", "", ""}
	for i, store := range []string{"filestore", "redisstore"} {
		if store == "redisstore" && !redistest.Installed() {
			continue
		}
		test := f.lab.tool(store + ".test")
		if _, err := f.lab.run(ctx, "go", "test", "-c", "-o", test, "./pkg/limiter/"+store); err != nil {
			return err
		}
		var took sample
		for range f.lab.pick(5, 3) {
			out, err := f.lab.run(ctx, test, "-test.run=^$", "-test.bench=^BenchmarkReserveApply$", "-test.benchmem")
			if err != nil {
				return err
			}
			ns, _, err := parseBenchmark(out)
			if err != nil {
				return err
			}
			took = append(took, ns/1e3)
		}
		if i == 0 {
			f.lab.table.atMost(25, "a slot and what became of it, files", took, " µs")
		} else {
			f.lab.table.add("a slot and what became of it, Redis", took, " µs")
		}
		row[1+i] = number(took.median()) + " µs"
	}
	f.text.row(row...)
	if redistest.Installed() {
		return f.crowd(ctx)
	}
	return nil
}

// crowd takes over what redisstore's own test of 32 processes prints.
func (f *fleets) crowd(ctx context.Context) error {
	f.lab.say("fleet: 32 processes at Redis")
	out, err := f.lab.run(ctx, f.lab.tool("redisstore.test"), "-test.run=^TestCrowd$", "-test.v")
	if err != nil {
		return err
	}
	f.text.head("32 processes that wait for one limit, Redis", "a slot, p99", "an outcome, p99", "served in 8 s")
	for line := range strings.Lines(out) {
		_, said, ok := strings.Cut(line, "crowd: ")
		if !ok {
			continue
		}
		cells := strings.Split(strings.TrimSpace(said), "; ")
		f.text.row(cells[:min(len(cells), 4)]...)
		f.lab.table.note("32 processes, Redis: " + strings.Join(slices.Clip(cells), ", "))
	}
	return nil
}
