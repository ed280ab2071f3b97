package gauntlet

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"testing"
)

//nolint:gochecknoglobals // flags of a test binary
var (
	shortSeed  = flag.Uint64("seed", 1, "TestShort: the seed of the random servers")
	shortCount = flag.Int("servers", 60, "TestShort: how many random servers there are")
	shortOnly  = flag.String("only", "", "TestShort: a regular expression for the names of the servers")
	shortTrace = flag.Bool("trace", false, "TestShort: print each second and each throttle")
	shortLive  = flag.Bool("live", false, "TestShort: the second run goes on from the live state, not from rates.yaml")
	shortLines = flag.String("lines", "", "TestShort: a file for the figures as JSON lines")
)

// TestShort measures the first half minute and the second run.
func TestShort(t *testing.T) {
	only, err := regexp.Compile(*shortOnly)
	if err != nil {
		t.Fatal(err)
	}
	list := shortKinds()
	for i := range *shortCount {
		list = append(list, random(*shortSeed, i))
	}
	list = slices.DeleteFunc(list, func(s shortServer) bool { return !only.MatchString(s.Name) })
	done := make([]*shortFigures, len(list))
	t.Run("servers", func(t *testing.T) {
		for i := range list {
			t.Run(short(list[i].Name), func(t *testing.T) {
				t.Parallel()
				done[i] = list[i].measure(t)
			})
		}
	})
	done = slices.DeleteFunc(done, func(f *shortFigures) bool { return f == nil })
	if testing.Verbose() || *shortOnly != "" {
		fmt.Println(shortTable(done))
	}
	fmt.Println(shortSummary(done))
	if *shortLines != "" {
		if err := writeLines(*shortLines, done); err != nil {
			t.Error(err)
		}
	}
}

// measure runs one server.
func (s *shortServer) measure(t *testing.T) *shortFigures {
	var log bytes.Buffer
	var w io.Writer
	if *shortTrace {
		w = &log
	}
	run := s.run(t, w)
	f := run.figures()
	run.check(t)
	if *shortTrace {
		fmt.Printf("%s\n%s%+v\n%+v\nthen %+v\n", s.Name, &log, f, run.Learned, run.Relearned)
	}
	return f
}

func writeLines(path string, done []*shortFigures) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, f := range done {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
