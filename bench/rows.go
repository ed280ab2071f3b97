package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Names of runs in the table.
const (
	rowsPlain    = "NDJSON in and out"
	rowsCSV      = "CSV in"
	rowsJQ       = "--jq out"
	rowsColumns  = "CSV in, --out csv"
	rowsManifest = "--manifest"
	rowsMiss     = "--cache, nothing stored"
	rowsHit      = "--cache, all stored and fresh"
)

// measureRows compares a batch with itself where rows come in, columns go out, and responses are stored or proven.
func measureRows(ctx context.Context, l *lab) error {
	b, s, err := l.batches(ctx)
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // it has ended already if all went well
	if err := b.rows(ctx); err != nil {
		return err
	}
	if _, err := s.finish(); err != nil {
		return err
	}
	b.reportRows()
	return nil
}

func (b *batches) rows(ctx context.Context) error {
	n, manifest := b.pick(100_000, 10_000), filepath.Join(b.dir, "manifest")
	const head, row = "id,plan\n", "%d,basic\n"
	batch := []string{b.arl, "batch", "api"}
	with := func(flags ...string) []string { return slices.Concat(batch, flags) }
	works := []work{
		{rowsPlain, n, "", record, true, batch},
		{rowsCSV, n, head, row, true, with("--in", "csv", "--path", "/items/{id}", "--id", "{id}")},
		{rowsJQ, n, "", record, true, with("--jq", "{id, status, path: .json.path}")},
		{rowsColumns, n, head, row, true, with("--in", "csv", "--path", "/items/{id}", "--id", "{id}", "--out", "csv", "--columns", "id,status,.json.path")},
		{rowsManifest, n, "", record, true, with("--manifest", manifest)},
	}
	for range b.pick(5, 3) {
		for _, w := range works {
			_ = os.Remove(manifest) // one that is there is not written over
			if err := b.run(ctx, w); err != nil {
				return err
			}
		}
		slices.Reverse(works)
	}
	for _, name := range []string{rowsMiss, rowsHit, rowsHit} {
		if err := b.run(ctx, work{name, n, "", record, true, with("--cache", "24h")}); err != nil {
			return err
		}
	}
	return nil
}

func (b *batches) reportRows() {
	plain := b.rates[rowsPlain]
	b.table.add(rowsPlain+" ("+thousands(strconv.Itoa(b.count[rowsPlain]))+")", plain, "/s")
	for _, r := range []struct {
		name  string
		least float64
	}{{rowsCSV, 0.5}, {rowsJQ, 0.5}, {rowsColumns, 0.5}, {rowsManifest, 0.95}} {
		b.table.atLeast(r.least, "  "+r.name, b.rates[r.name].over(plain), "x")
	}
	// Also on a machine that does something else at the same time, where rates tell little.
	b.table.atMost(1.05, "  "+rowsManifest+": CPU", b.cpu(rowsManifest).over(b.cpu(rowsPlain)), "x")
	median := sample{plain.median()}
	b.table.add("  "+rowsMiss, sample{b.rates[rowsMiss].median()}.over(median), "x")
	b.table.atLeast(1, "  "+rowsHit, sample{b.rates[rowsHit].median()}.over(median), "x")
	for _, name := range []string{rowsPlain, rowsCSV, rowsJQ, rowsColumns, rowsManifest, rowsMiss, rowsHit} {
		b.table.add(name+": CPU per record", b.cpu(name), " µs")
	}
}
