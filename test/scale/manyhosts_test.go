//go:build linux

package scale_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/arl-cli/arl/test/arltest"
)

// TestManyHosts sends URLs of thousands of hosts, each twice, with few open files and little memory: one server under
// all the names. Every host is paced by a rate of its own, so the second request of each has to wait.
func TestManyHosts(t *testing.T) {
	t.Parallel()
	hosts, memory := 10_000, int64(256<<20)
	if !arltest.Measured() { // beside other tests the collector gets too little of the machine to keep to a bound
		hosts = 1000
	}
	var open, most, served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := open.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		served.Add(1)
		fmt.Fprintf(w, `{"host": %q}`, r.Host)
		open.Add(-1)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	for round := range 2 {
		for host := range hosts {
			fmt.Fprintf(&in, "http://h%d.example:%s/%d\n", host, u.Port(), round)
		}
	}
	home := t.TempDir()
	const files = 200
	c := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(
		`ulimit -n %d; exec arl batch - --resolve '*:%s:127.0.0.1' --max-memory %d -o out.ndjson -s`, files, u.Port(), memory))
	c.Dir, c.Stdin, c.Stderr = home, &in, io.Discard
	c.Env = append(c.Environ(), "HOME="+home, "ARL_CONFIG_DIR="+filepath.Join(home, "conf"), "XDG_STATE_HOME="+filepath.Join(home, "state"))
	var said strings.Builder
	c.Stderr = &said
	used, err := runWatched(c)
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if got, want := served.Load(), int64(2*hosts); got != want {
		t.Errorf("%d requests were served, want %d", got, want)
	}
	if most.Load() > files/2 {
		t.Errorf("%d requests at once, with %d open files", most.Load(), files)
	}
	if used == 0 || int64(used)<<10 > memory && arltest.Measured() {
		t.Errorf("%d MiB were used, --max-memory is %d MiB", used>>10, memory>>20)
	}
	rates, err := exec.CommandContext(t.Context(), "sh", "-c", "grep -c '^  h' "+filepath.Join(home, "conf", "rates.yaml")).Output()
	if n := strings.TrimSpace(string(rates)); err == nil && len(n) > 3 {
		t.Errorf("%s hosts are remembered", n)
	}
}
