package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// mebibyte is a MiB, in bytes.
const mebibyte = 1 << 20

// measureBatch compares arl batch with the least that Go can do, and with what a shell has.
func measureBatch(ctx context.Context, l *lab) error {
	b, s, err := l.batches(ctx)
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // it has ended already if all went well
	if err := b.all(ctx); err != nil {
		return err
	}
	served, err := s.finish()
	if err != nil {
		return err
	}
	if want := strconv.Itoa(b.sent); served != want {
		return fmt.Errorf("the server answered %s requests, the records were %s", served, want)
	}
	b.report()
	return nil
}

// batches are runs over files of records.
type batches struct {
	*lab
	home  home
	base  string
	sent  int
	count map[string]int // records
	costs map[string][]cost
	rates map[string]sample // records per second
}

// batches returns runs against a server without a limit, which the caller ends.
func (l *lab) batches(ctx context.Context) (*batches, *server, error) {
	s, err := l.serveFast(ctx)
	if err != nil {
		return nil, nil, err
	}
	h, err := l.newHome(s.base, "initial_rate: 1000000")
	if err != nil {
		return nil, nil, errors.Join(err, s.kill())
	}
	return &batches{lab: l, home: h, base: s.base, count: map[string]int{}, costs: map[string][]cost{}, rates: map[string]sample{}}, s, nil
}

// Names of runs in the table.
const (
	arlMany  = "arl batch, most"
	arlFew   = "arl batch"
	bareFew  = "bare Go program"
	curlZ    = "curl --parallel-max 64 -K"
	xargs    = "xargs -P8 curl"
	xargsArl = "xargs -P8 arl get"
)

// record is a line of NDJSON for each number.
const record = `{"id":%d,"path":"/items/%[1]d"}` + "\n"

// A work is a command that has n lines to read.
type work struct {
	name string
	n    int
	head string // a line before them
	line string // %d is its number
	keep bool   // write what comes out to a file
	args []string
}

func (b *batches) all(ctx context.Context) error {
	few, tiny := b.pick(100_000, 20_000), b.pick(700, 100)
	works := []work{
		{arlFew, few, "", record, true, []string{b.arl, "batch", "api"}},
		{bareFew, few, "", record, true, []string{b.tool("barebatch"), b.base}},
		{
			curlZ, few, "", "url = " + b.base + "/items/%d\noutput = " + os.DevNull + "\n", false,
			[]string{"curl", "-s", "--parallel", "--parallel-max", "64", "-K", "-"},
		},
		{xargs, tiny, "", b.base + "/items/%d\n", false, []string{"xargs", "-P8", "-n1", "curl", "-s", "-o", os.DevNull}},
		{xargsArl, tiny, "", "/items/%d\n", false, []string{"xargs", "-P8", "-n1", b.arl, "get", "api"}},
	}
	for range b.pick(7, 3) {
		for _, w := range works {
			if err := b.run(ctx, w); err != nil {
				return err
			}
		}
		slices.Reverse(works) // so that nobody is always the first, or behind the same one
	}
	return b.run(ctx, work{arlMany, b.most(), "", record, false, []string{b.arl, "batch", "api"}})
}

// most is how many records the longest run has.
func (b *batches) most() int {
	if b.long {
		return 10_000_000
	}
	return b.pick(1_000_000, 100_000)
}

// run runs a command over its lines.
func (b *batches) run(ctx context.Context, w work) error {
	b.say("%s: %s", w.name, thousands(strconv.Itoa(w.n)))
	in, err := numbered(filepath.Join(b.dir, "records"), w.head, w.n, w.line)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	cmd := b.home.command(ctx, w.args[0], w.args[1:]...)
	cmd.Stdin = in
	if w.keep {
		out, err := os.Create(filepath.Join(b.dir, "results"))
		if err != nil {
			return err
		}
		defer out.Close() //nolint:errcheck // nobody reads it
		cmd.Stdout = out
	}
	c, err := b.spend(cmd)
	if err != nil {
		return err
	}
	b.sent += w.n
	b.count[w.name] = w.n
	b.costs[w.name] = append(b.costs[w.name], c)
	b.rates[w.name] = append(b.rates[w.name], float64(w.n)/c.wall.Seconds())
	return nil
}

// numbered makes a file of a head and n lines and opens it.
func numbered(path, head string, n int, line string) (*os.File, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(file)
	fmt.Fprint(w, head)
	for i := range n {
		fmt.Fprintf(w, line, i+1)
	}
	if err := errors.Join(w.Flush(), seekStart(file)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func seekStart(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return err
}

func (b *batches) report() {
	for _, name := range []string{arlMany, arlFew, bareFew, curlZ, xargs, xargsArl} {
		b.table.add(fmt.Sprintf("%s (%s)", name, thousands(strconv.Itoa(b.count[name]))), b.rates[name], "/s")
	}
	for _, name := range []string{arlMany, arlFew, bareFew} {
		b.table.add(name+": CPU per record", b.cpu(name), " µs")
	}
	bare, zed, shell := b.rates[arlFew].over(b.rates[bareFew]), b.rates[arlFew].over(b.rates[curlZ]), b.rates[arlFew].over(b.rates[xargs])
	b.table.atLeast(0.85, "arl / bare Go program", bare, "x")
	b.table.atLeast(1, "arl / curl --parallel", zed, "x")
	b.table.atLeast(60, "arl / xargs curl", shell, "x")
	most, less := b.rss(arlMany), b.rss(arlFew)
	b.table.atMost(64, "arl batch, most: peak memory", most, " MiB")
	b.table.add("arl batch: peak memory", less, " MiB")
	grown := sample{most.median() / less.median()}
	b.table.atMost(1.1, "  most / fewer", grown, "x")
	b.table.quote("batch", "a batch of %s records, %s/s: %sx a bare Go program, %sx curl --parallel, %sx xargs -P8 curl",
		thousands(strconv.Itoa(b.count[arlFew])), number(b.rates[arlFew].median()), number(bare.median()),
		number(zed.median()), number(shell.median()))
	b.table.quote(b.flags()+"batch", "one of %s, %s MiB at the peak: %sx that of %s", thousands(strconv.Itoa(b.count[arlMany])),
		number(most.median()), number(grown.median()), thousands(strconv.Itoa(b.count[arlFew])))
}

// cpu is CPU time per record, in microseconds.
func (b *batches) cpu(name string) (out sample) {
	for i, c := range b.costs[name] {
		out = append(out, c.cpu.Seconds()*1e6/(b.rates[name][i]*c.wall.Seconds()))
	}
	return out
}

// rss is peak memory, in MiB.
func (b *batches) rss(name string) (out sample) {
	for _, c := range b.costs[name] {
		out = append(out, float64(c.rss)/mebibyte)
	}
	return out
}
