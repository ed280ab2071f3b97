package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// measureResume takes up a batch that has nothing left to do.
func measureResume(ctx context.Context, l *lab) error {
	s, err := l.serveFast(ctx)
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // it has ended already if all went well
	h, err := l.newHome(s.base, "initial_rate: 1000000")
	if err != nil {
		return err
	}
	n, out := l.pick(1_000_000, 100_000), filepath.Join(l.dir, "out.ndjson")
	l.say("resume: a batch of %s", thousands(strconv.Itoa(n)))
	in, err := numbered(filepath.Join(l.dir, "records"), "", n, record)
	if err != nil {
		return err
	}
	defer in.Close()     //nolint:errcheck // it was only read
	defer os.Remove(out) //nolint:errcheck // its directory is removed at the end
	again := func() (cost, error) {
		cmd := h.command(ctx, l.arl, "batch", "api", "-o", out, "--resume")
		cmd.Stdin = in
		return l.spend(cmd)
	}
	first, err := again()
	if err != nil {
		return err
	}
	var took, memory sample
	for range l.pick(3, 2) {
		if err := seekStart(in); err != nil {
			return err
		}
		c, err := again()
		if err != nil {
			return err
		}
		took, memory = append(took, c.wall.Seconds()), append(memory, float64(c.rss)/mebibyte)
	}
	served, err := s.finish()
	if err == nil && served != strconv.Itoa(n) {
		err = errors.New("something was sent twice")
	}
	l.table.add("the batch itself", sample{float64(n) / first.wall.Seconds()}, "/s")
	l.table.atMost(10, "resumed", took, " s")
	l.table.atMost(256, "  peak memory", memory, " MiB")
	l.table.quote("resume", "resuming a finished batch of %s: %s s, %s MiB",
		thousands(strconv.Itoa(n)), number(took.median()), number(memory.median()))
	return err
}
