package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A Report is what a manifest proves.
type Report struct {
	Chain     Chain // stands for the whole file
	Start     Start // of the last run
	Runs      int
	Broken    int // runs that ended without a last line
	Records   int64
	Exchanges int64
	Files     int64
	Outputs   int
	Inputs    int
	Unchecked []string // streams, of which nothing is left to check
}

// A checker goes through a manifest.
type checker struct {
	dir      string
	manifest string
	report   Report
	end      *End
	files    []filed
	known    map[Chain]int
}

// A filed is a response in a file.
type filed struct {
	line         int64
	dir, name    string
	sha256, what string
}

// Verify checks a manifest and all files that it names. The error names the first thing that does not fit.
func Verify(path string) (*Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	c := &checker{dir: filepath.Dir(path), manifest: path, known: map[Chain]int{}}
	if c.report.Chain, err = readLines(f, c.line); err != nil {
		return nil, err
	}
	if c.report.Runs == 0 {
		return nil, errors.New("it is empty")
	}
	if c.end == nil {
		return nil, errors.New("the last line is missing: the file was cut off, or the run did not end")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &c.report, nil
}

// line takes in one line.
func (c *checker) line(n int64, object []byte, _ int) error {
	switch {
	case bytes.HasPrefix(object, []byte(`{"arl_manifest":`)):
		return c.start(object)
	case c.report.Runs == 0:
		return errors.New("not the first line of a manifest")
	case bytes.HasPrefix(object, []byte(`{"ended":`)):
		c.end = &End{}
		return json.Unmarshal(object, c.end)
	case c.end != nil:
		return errors.New("it follows the end of a run")
	}
	return c.record(n, object)
}

func (c *checker) start(object []byte) error {
	if c.report.Runs++; c.report.Runs > 1 && c.end == nil {
		c.report.Broken++
	}
	c.end, c.report.Start = nil, Start{}
	if err := json.Unmarshal(object, &c.report.Start); err != nil {
		return err
	}
	if v := c.report.Start.Manifest; v > Version {
		return fmt.Errorf("the manifest has version %d, but this arl supports only version %d", v, Version)
	}
	return nil
}

func (c *checker) record(n int64, object []byte) error {
	var r record
	if err := json.Unmarshal(object, &r); err != nil {
		return err
	}
	count(c.known, &r)
	switch {
	case r.Dropped != "":
		c.report.Records--
	case r.Exchange != "":
		c.report.Exchanges++
	default:
		c.report.Records++
	}
	if r.File != "" && r.OK {
		c.files = append(c.files, filed{n, c.report.Start.Files, r.File, r.FileSHA256, string(r.ID)})
	}
	return nil
}

// check compares the files.
func (c *checker) check() error {
	if err := c.results(); err != nil {
		return err
	}
	for _, f := range c.end.Outputs {
		if err := c.same(f, "output"); err != nil {
			return err
		}
		c.report.Outputs++
	}
	for _, f := range c.files {
		got, err := hashOf(c.path(filepath.Join(filepath.FromSlash(f.dir), f.name)), f.name)
		switch {
		case err != nil:
			return &LineError{Line: f.line, Err: fmt.Errorf("its response: %w", err)}
		case got.SHA256 != f.sha256:
			return &LineError{Line: f.line, Err: fmt.Errorf("its response, %s, was changed: SHA-256 %s, want %s", f.name, got.SHA256, f.sha256)}
		}
		c.report.Files++
	}
	for _, f := range c.end.Inputs {
		if err := c.same(f, "input"); err != nil {
			return err
		}
		c.report.Inputs++
	}
	return nil
}

// path is a name of the manifest, as seen from here.
func (c *checker) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, filepath.FromSlash(name))
}

// same compares a file with what the manifest says of it.
func (c *checker) same(want File, what string) error {
	if want.Name == "-" || want.Partial {
		c.report.Unchecked = append(c.report.Unchecked, what+" "+want.Name)
		return nil
	}
	got, err := hashOf(c.path(want.Name), want.Name)
	switch {
	case err != nil:
		return fmt.Errorf("the %s: %w", what, err)
	case got != want:
		return fmt.Errorf("the %s %s was changed: %d bytes, SHA-256 %s, want %d bytes, %s", what, want.Name, got.Bytes, got.SHA256, want.Bytes, want.SHA256)
	}
	return nil
}

// results compares the results with the records, one by one, so that the first that does not fit is named.
func (c *checker) results() error {
	name := c.report.Start.Output
	if name == "" || name == "-" {
		return nil
	}
	f, err := os.Open(c.path(name))
	if err != nil {
		return fmt.Errorf("the results: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	err = eachLine(bufio.NewReaderSize(f, 256<<10), func(n int64, line []byte) error {
		sum := Chain(sha256.Sum256(line))
		if c.known[sum] == 0 {
			return &LineError{Line: n, Err: errors.New("no record of the manifest has this result: it was changed or added")}
		}
		c.known[sum]--
		return nil
	})
	if e, ok := errors.AsType[*LineError](err); ok {
		e.File = name
	}
	if err != nil {
		return err
	}
	return c.missing(name)
}

// missing names the first line whose result is not there.
func (c *checker) missing(name string) error {
	for _, n := range c.known {
		if n > 0 {
			return c.firstMissing(name)
		}
	}
	return nil
}

func (c *checker) firstMissing(name string) error {
	f, err := os.Open(c.manifest)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it is only read
	_, err = readLines(f, func(_ int64, object []byte, _ int) error {
		var r record
		if err := json.Unmarshal(object, &r); err != nil {
			return err
		}
		var sum Chain
		if _, err := hex.Decode(sum[:], []byte(r.Result)); err == nil && c.known[sum] > 0 {
			return fmt.Errorf("its result is missing in %s", name)
		}
		return nil
	})
	return err
}
