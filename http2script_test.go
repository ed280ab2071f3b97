package main

import (
	"os"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/http2test"
)

// startHTTP2 starts a server of HTTP/2 whose certificate takes -k, and puts its URL into a variable:
//
//	http2 VAR CODE [TIMES]   the first TIMES streams are reset with CODE, all of them without TIMES
//
// VAR.count is a file with the number of requests that arrived.
func startHTTP2(ts *testscript.TestScript, args []string) {
	code, err := strconv.ParseUint(args[1], 10, 32)
	ts.Check(err)
	times := 1 << 30
	if len(args) > 2 {
		times, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	file, mu := ts.MkAbs(args[0]+".count"), sync.Mutex{}
	s := http2test.New(scriptTB{ts}, func(r http2test.Request) {
		mu.Lock()
		_ = os.WriteFile(file, []byte(strconv.Itoa(r.Number)+"\n"), 0o600)
		mu.Unlock()
		if r.Number <= times {
			r.Reset(uint32(code)) //nolint:gosec // parsed as 32 bits
			return
		}
		r.OK()
	})
	ts.Setenv(args[0], s.URL)
}

// scriptTB is as much of a test as http2test needs.
type scriptTB struct{ *testscript.TestScript }

func (s scriptTB) Cleanup(f func()) { s.Defer(f) }
