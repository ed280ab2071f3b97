package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
)

// paceRate is a limit in requests per second.
const paceRate = 200

// measurePace compares the pace of a batch with that of the limiter without anything around it.
func measurePace(ctx context.Context, l *lab) error {
	s, err := l.serveFast(ctx)
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // a process that only serves
	n := l.pick(3000, 600)
	rate := strconv.Itoa(paceRate)
	var batch, alone sample
	for range l.pick(3, 2) {
		l.say("pace: %d records at %s/s, twice", n, rate)
		h, err := l.newHome(s.base, "initial_rate: "+rate, "max_rate: "+rate)
		if err != nil {
			return err
		}
		in, err := numbered(filepath.Join(l.dir, "records"), "", n, record)
		if err != nil {
			return err
		}
		defer in.Close() //nolint:errcheck // it was only read
		cmd := h.command(ctx, l.arl, "batch", "api")
		cmd.Stdin = in
		c, err := l.spend(cmd)
		if err != nil {
			return err
		}
		batch = append(batch, float64(n)/c.wall.Seconds())
		if c, err = l.spend(exec.CommandContext(ctx, l.tool("barepace"), strconv.Itoa(n), rate)); err != nil {
			return err
		}
		alone = append(alone, float64(n)/c.wall.Seconds())
	}
	ratio := batch.over(alone)
	l.table.add("arl batch", batch, "/s")
	l.table.add("the limiter alone", alone, "/s")
	l.table.atLeast(0.98, "arl batch / the limiter alone", ratio, "x")
	l.table.quote("pace", "a batch against a limit of %s/s: %sx the pace of the limiter alone", rate, number(ratio.median()))
	return nil
}
