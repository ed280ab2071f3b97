package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// measureGet compares one arl get with the least that Go can do, and with curl.
func measureGet(ctx context.Context, l *lab) error {
	s, err := serve(exec.CommandContext(ctx, l.tool("server")))
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // it has ended already if all went well
	warm, err := l.newHome(s.base, "initial_rate: 10000")
	if err != nil {
		return err
	}
	url := s.base + "/items/1"
	wall, cpu := map[string]sample{}, map[string]sample{}
	took := func(name string, cmd *exec.Cmd, counts bool) error {
		c, err := l.spend(cmd)
		if counts {
			wall[name] = append(wall[name], ms(c.wall))
			cpu[name] = append(cpu[name], ms(c.cpu))
		}
		return err
	}
	for i := range l.pick(55, 18) {
		cold, err := l.newHome(s.base, "initial_rate: 10000")
		counts := i >= 3
		err = errors.Join(
			err,
			took("arl get", warm.command(ctx, l.arl, "get", "api", "/items/1"), counts),
			took("bare Go program", warm.command(ctx, l.tool("bareget"), url), counts),
			took("curl", warm.command(ctx, "curl", "-s", url), counts),
			took("arl version", warm.command(ctx, l.arl, "version"), counts),
			took("arl get, its first run", cold.command(ctx, l.arl, "get", "api", "/items/1"), counts && i%5 == 0),
		)
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"arl get", "bare Go program", "curl", "arl version", "arl get, its first run"} {
		l.table.add(name, wall[name], " ms")
		l.table.add("  of it CPU", cpu[name], " ms")
	}
	overBare, overCurl := wall["arl get"].over(wall["bare Go program"]), wall["arl get"].over(wall["curl"])
	l.table.atMost(2, "arl / bare Go program", overBare, "x")
	l.table.atMost(1, "arl / curl", overCurl, "x")
	l.table.quote("get", "one arl get, %s ms from start to end: %sx a bare Go program, %sx curl",
		number(wall["arl get"].median()), number(overBare.median()), number(overCurl.median()))
	return l.measureInit(ctx, warm)
}

// measureInit finds out what arl's packages cost before main begins.
func (l *lab) measureInit(ctx context.Context, h home) error {
	line := regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)
	costs, all := map[string]sample{}, sample{}
	for range l.pick(20, 10) {
		cmd := h.command(ctx, l.arl, "version")
		cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1")
		var said bytes.Buffer
		cmd.Stderr = &said
		if _, err := l.spend(cmd); err != nil {
			return err
		}
		sum := 0.0
		for _, m := range line.FindAllStringSubmatch(said.String(), -1) {
			clock, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				return err
			}
			costs[m[1]] = append(costs[m[1]], clock)
			sum += clock
		}
		all = append(all, sum)
	}
	dearest := slices.SortedFunc(maps.Keys(costs), func(a, b string) int {
		return int(1e6 * (costs[b].median() - costs[a].median()))
	})
	l.table.add("package init, all", all, " ms")
	for _, name := range dearest[:min(8, len(dearest))] {
		l.table.add("  "+name, costs[name], " ms")
	}
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }
