package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// measureLimiter compares the limiter's hot paths with x/time/rate, through the benchmarks of the
// packages themselves.
func measureLimiter(ctx context.Context, l *lab) error {
	memory, files := l.tool("limiter.test"), l.tool("filestore.test")
	for to, pkg := range map[string]string{memory: "./pkg/limiter", files: "./pkg/limiter/filestore"} {
		if _, err := l.run(ctx, "go", "test", "-c", "-o", to, pkg); err != nil {
			return err
		}
	}
	var arl, peer, file, allocs sample
	for range l.pick(10, 5) {
		for _, b := range []struct {
			test, name string
			to         *sample
		}{{memory, "AcquireDone", &arl}, {memory, "PeerAllow", &peer}, {files, "ReserveApply", &file}} {
			out, err := l.run(ctx, b.test, "-test.run=^$", "-test.bench=^Benchmark"+b.name+"$", "-test.benchtime=300ms", "-test.benchmem")
			if err != nil {
				return err
			}
			ns, n, err := parseBenchmark(out)
			if err != nil {
				return err
			}
			*b.to = append(*b.to, ns)
			if b.name == "AcquireDone" {
				allocs = append(allocs, n)
			}
		}
	}
	for i := range file {
		file[i] /= 1e3
	}
	ratio := arl.over(peer)
	l.table.add("Acquire + Done, in memory", arl, " ns")
	l.table.add("x/time/rate Allow", peer, " ns")
	l.table.atMost(3, "Acquire + Done / Allow", ratio, "x")
	l.table.rows = append(l.table.rows, row{what: "  allocations", figures: allocs})
	l.table.atMost(25, "Reserve + Apply, in files", file, " µs")
	l.table.quote("limiter", "Acquire + Done in memory: %sx x/time/rate's Allow, %s allocations", number(ratio.median()), number(allocs.median()))
	l.table.quote("limiter", "Reserve + Apply in files that processes share, %s µs", number(file.median()))
	return nil
}

// parseBenchmark reads the one result of a benchmark's output.
func parseBenchmark(out string) (ns, allocs float64, err error) {
	m := regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\s+(\S+) ns/op.*\s(\d+) allocs/op`).FindStringSubmatch(out)
	if m == nil {
		return 0, 0, fmt.Errorf("no result in %q", out)
	}
	if ns, err = strconv.ParseFloat(m[1], 64); err != nil {
		return 0, 0, err
	}
	allocs, err = strconv.ParseFloat(m[2], 64)
	return ns, allocs, err
}
