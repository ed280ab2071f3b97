// Command bench measures arl against its peers, all in one run on one machine, and prints one table.
//
//	./bench/run                   everything, about ten minutes
//	./bench/run -quick            smaller counts, about two minutes
//	./bench/run get limiter       sections by name: get, limiter, batch, rows, resume, pace, proxy, xargs, fleet
//	./bench/run -docs docs/scaling.md fleet    and write its tables into that page
//	./bench/run -long batch       a batch of ten million records too, about ten minutes
//	./bench/run -arl FILE batch   this program instead of one built from the tree
//
// What is compared takes turns, so that a busy moment of the machine meets all alike. Targets are
// reported, not asserted: the exit code only says whether everything could be measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// longest bounds the whole run.
const longest = time.Hour

// A section measures one thing.
type section struct {
	name    string
	title   string
	measure func(context.Context, *lab) error
}

func sections() []section {
	return []section{
		{"get", "one request: start of the program to its end, a 199-byte answer from loopback", measureGet},
		{"limiter", "the limiter by itself", measureLimiter},
		{"batch", "a file of records, 64 requests at once, an unlimited server on loopback, 200 bytes of JSON", measureBatch},
		{"rows", "a file of records as it can come, go and be stored, an unlimited server on loopback, 200 bytes of JSON", measureRows},
		{"resume", "a batch whose output is complete, with --resume", measureResume},
		{"pace", "a batch at a limit of 200 requests per second", measurePace},
		{"proxy", "requests through arl proxy, an unlimited server on loopback, 200 bytes of JSON", measureProxy},
		{"xargs", "seq 200 | xargs -P8 -I{} arl get api /items/{}, a server that allows 20/s, burst 5", measureXargs},
		{"fleet", "many processes, a server that allows 100/s, burst 20, and tells nobody, from 10 s after a cold start on", measureFleet},
	}
}

func main() {
	quick := flag.Bool("quick", false, "smaller counts, for a fast look")
	long := flag.Bool("long", false, "a batch of ten million records too")
	docs := flag.String("docs", "", "write the tables of the section fleet into this page")
	program := flag.String("arl", "", "measure this program instead of building one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, longest)
	err := run(ctx, &lab{quick: *quick, long: *long, arl: *program, docs: *docs}, flag.Args())
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the sections of these names, or all if there are none.
func run(ctx context.Context, l *lab, names []string) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "arl-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // only a temporary directory stays behind
	l.dir = dir
	if err := l.build(ctx); err != nil {
		return err
	}
	for _, s := range chosen {
		l.say("%s", s.title)
		l.table.section(s.name + ": " + s.title)
		if err = s.measure(ctx, l); err != nil {
			err = fmt.Errorf("%s: %w", s.name, err)
			break
		}
	}
	fmt.Printf("%d CPUs, %s/%s, %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	l.table.write(os.Stdout)
	return err
}

func choose(names []string) ([]section, error) {
	all := sections()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(s section) bool { return s.name == name }) {
			return nil, fmt.Errorf("no section %q; there are get, limiter, batch, resume, pace, proxy, xargs, fleet", name)
		}
	}
	return slices.DeleteFunc(all, func(s section) bool {
		return len(names) > 0 && !slices.Contains(names, s.name)
	}), nil
}

// A lab is what the sections share.
type lab struct {
	dir   string
	quick bool
	long  bool
	arl   string // the program that is measured
	table table
	homes int
	docs  string // a page that tables are written into, or none
}

// build builds arl as a release is, and the peers alike.
func (l *lab) build(ctx context.Context) error {
	l.say("building")
	packages := map[string]string{
		"bareget": "./bench/peers/bareget", "barebatch": "./bench/peers/barebatch",
		"barepace": "./bench/peers/barepace", "server": "./bench/peers/server",
		"bareproxy": "./bench/peers/bareproxy",
	}
	if l.arl == "" {
		packages["arl"], l.arl = ".", l.tool("arl")
	}
	for name, pkg := range packages {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", l.tool(name), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if _, err := l.spend(cmd); err != nil {
			return err
		}
	}
	return nil
}

// tool is the path of a program that build made.
func (l *lab) tool(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(l.dir, name)
}

// pick is full, or quick under -quick.
func (l *lab) pick(full, quick int) int {
	if l.quick {
		return quick
	}
	return full
}

// flags are those that the counts hang on, as they are given.
func (l *lab) flags() string {
	if l.long {
		return "-long "
	}
	return ""
}

// directory makes a directory.
func (l *lab) directory(name string) (string, error) {
	return os.MkdirTemp(l.dir, name+"-")
}

// say tells on standard error what is under way.
func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// A home is an empty home for arl, with one profile: api.
type home struct{ dir string }

// newHome makes a home. fields are lines of the profile beside its base_url.
func (l *lab) newHome(base string, fields ...string) (home, error) {
	l.homes++
	h := home{filepath.Join(l.dir, fmt.Sprintf("home%d", l.homes))}
	if err := os.MkdirAll(filepath.Join(h.dir, "config"), 0o700); err != nil {
		return h, err
	}
	var text strings.Builder
	text.WriteString("apis:\n  api:\n")
	for _, line := range append([]string{"base_url: " + base}, fields...) {
		text.WriteString("    " + line + "\n")
	}
	return h, os.WriteFile(filepath.Join(h.dir, "config", "config.yaml"), []byte(text.String()), 0o600)
}

// env is an environment in which nothing but the home is set.
func (h home) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir,
		"ARL_CONFIG_DIR=" + filepath.Join(h.dir, "config"), "ARL_RUNTIME_DIR=" + filepath.Join(h.dir, "live"),
	}
}
