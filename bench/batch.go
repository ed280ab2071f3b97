package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// mebibyte is a MiB, in bytes.
const mebibyte = 1 << 20

// measureBatch compares arl batch with the least that Go can do, and with what a shell has.
func measureBatch(ctx context.Context, l *lab) error {
	s, err := serve(exec.CommandContext(ctx, l.tool("server")))
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // it has ended already if all went well
	h, err := l.newHome(s.base, "initial_rate: 1000000")
	if err != nil {
		return err
	}
	b := &batches{lab: l, home: h, base: s.base, count: map[string]int{}, costs: map[string][]cost{}, rates: map[string]sample{}}
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

// Names of runs in the table.
const (
	arlMany  = "arl batch, most"
	arlFew   = "arl batch"
	bareMany = "bare Go program, most"
	bareFew  = "bare Go program"
	curlZ    = "curl --parallel-max 64 -K"
	xargs    = "xargs -P8 curl"
	xargsArl = "xargs -P8 arl get"
)

func (b *batches) all(ctx context.Context) error {
	many, few := b.pick(1_000_000, 100_000), b.pick(100_000, 20_000)
	for range b.pick(3, 2) {
		err := errors.Join(
			b.fromFile(ctx, arlFew, few, "/items/%d\n", b.arl, "batch", "api"),
			b.fromFile(ctx, bareFew, few, "/items/%d\n", b.tool("barebatch"), b.base),
			b.fromFile(ctx, curlZ, b.pick(20_000, 5_000), "url = "+b.base+"/items/%d\noutput = "+os.DevNull+"\n",
				"curl", "-s", "--parallel", "--parallel-max", "64", "-K", "-"),
			b.fromFile(ctx, xargs, b.pick(700, 100), b.base+"/items/%d\n", "xargs", "-P8", "-n1", "curl", "-s", "-o", os.DevNull),
			b.fromFile(ctx, xargsArl, b.pick(700, 100), "/items/%d\n", "xargs", "-P8", "-n1", b.arl, "get", "api"),
		)
		if err != nil {
			return err
		}
	}
	return errors.Join(
		b.fromFile(ctx, arlMany, many, "/items/%d\n", b.arl, "batch", "api"),
		b.fromFile(ctx, bareMany, many, "/items/%d\n", b.tool("barebatch"), b.base),
	)
}

// fromFile runs a command over n lines.
func (b *batches) fromFile(ctx context.Context, name string, n int, line, program string, args ...string) error {
	b.say("%s: %s", name, thousands(strconv.Itoa(n)))
	in, err := numbered(filepath.Join(b.dir, "records"), n, line)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	cmd := b.home.command(ctx, program, args...)
	cmd.Stdin = in
	c, err := b.spend(cmd)
	if err != nil {
		return err
	}
	b.sent += n
	b.count[name] = n
	b.costs[name] = append(b.costs[name], c)
	b.rates[name] = append(b.rates[name], float64(n)/c.wall.Seconds())
	return nil
}

// numbered makes a file of n lines and opens it.
func numbered(path string, n int, line string) (*os.File, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(file)
	for i := range n {
		fmt.Fprintf(w, line, i+1)
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		return nil, err
	}
	return os.Open(path)
}

func (b *batches) report() {
	for _, name := range []string{arlMany, arlFew, bareMany, bareFew, curlZ, xargs, xargsArl} {
		b.table.add(fmt.Sprintf("%s (%s)", name, thousands(strconv.Itoa(b.count[name]))), b.rates[name], "/s")
	}
	for _, name := range []string{arlMany, arlFew, bareMany} {
		b.table.add(name+": CPU per record", b.cpu(name), " µs")
	}
	bare, zed, shell := b.rates[arlFew].over(b.rates[bareFew]), b.rates[arlFew].over(b.rates[curlZ]), b.rates[arlFew].over(b.rates[xargs])
	b.table.add("arl / bare Go program", bare, "x")
	b.table.add("arl / curl --parallel", zed, "x")
	b.table.add("arl / xargs curl", shell, "x")
	most, less := b.rss(arlMany), b.rss(arlFew)
	b.table.atMost(64, "arl batch, most: peak memory", most, " MiB")
	b.table.add("arl batch: peak memory", less, " MiB")
	grown := sample{most.median() / less.median()}
	b.table.atMost(1.1, "  most / fewer", grown, "x")
	b.table.add("bare Go program, most: peak memory", b.rss(bareMany), " MiB")
	b.table.readme("batch", "a batch of %s records, %s/s in %s MiB: %sx a bare Go program, %sx xargs -P8 curl",
		thousands(strconv.Itoa(b.count[arlMany])), number(b.rates[arlMany].median()), number(most.median()),
		number(bare.median()), number(shell.median()))
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
