package batch

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch"
)

// metricsEvery is how often the file of --metrics-file is written.
const metricsEvery = 15 * time.Second

// A metricsFile keeps a file for node_exporter's textfile collector, replaced as a whole each time. nil keeps none.
type metricsFile struct {
	path    string
	session *session.Session
	read    func() batch.Summary
	quit    chan struct{}
	done    sync.WaitGroup
	warned  bool
}

// startMetrics writes the file, and keeps it up to date from now on. A file that cannot be written ends the run before
// anything is sent.
func (o *options) startMetrics(s *session.Session, read func() batch.Summary) (*metricsFile, error) {
	if o.MetricsFile == "" {
		return nil, nil
	}
	m := &metricsFile{path: o.MetricsFile, session: s, read: read, quit: make(chan struct{})}
	if err := m.write(metrics(s, read(), true)); err != nil {
		return nil, cli.Usagef("", "--metrics-file: %v", err)
	}
	m.done.Go(m.loop)
	return m, nil
}

func (m *metricsFile) loop() {
	ticker := time.NewTicker(metricsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-ticker.C:
			m.update(metrics(m.session, m.read(), true))
		}
	}
}

// end writes the file for the last time.
func (m *metricsFile) end(sum batch.Summary) {
	if m == nil {
		return
	}
	close(m.quit)
	m.done.Wait()
	m.update(metrics(m.session, sum, false))
}

// update writes the file, and warns once if that fails.
func (m *metricsFile) update(text []byte) {
	if err := m.write(text); err != nil && !m.warned {
		m.warned = true
		m.session.Messages.Warn(fmt.Sprintf("--metrics-file: %v", err))
	}
}

func (m *metricsFile) write(text []byte) error {
	f, err := atomicfile.Replace(m.path, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Discard())
	}
	return errors.Join(f.Commit(), f.Discard())
}

// metrics is the text of the file.
func metrics(s *session.Session, sum batch.Summary, running bool) []byte {
	var b bytes.Buffer
	family := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	family("arl_batch_records", "gauge", "Records of the batch by what became of them.")
	for _, v := range []struct {
		state string
		n     int64
	}{{"read", sum.Read}, {"done_before", sum.Before}, {"ok", sum.OK}, {"failed", sum.Failed}, {"unknown", sum.Unknown}, {"not_sent", sum.NotSent}} {
		fmt.Fprintf(&b, "arl_batch_records{state=%q} %d\n", v.state, v.n)
	}
	family("arl_batch_attempts_total", "counter", "HTTP exchanges.")
	fmt.Fprintf(&b, "arl_batch_attempts_total %d\n", sum.Attempts)
	family("arl_batch_throttled_total", "counter", "Attempts that the server throttled.")
	fmt.Fprintf(&b, "arl_batch_throttled_total %d\n", s.Throttled.Load())
	family("arl_batch_running", "gauge", "1 while the batch runs, 0 once it has ended.")
	fmt.Fprintf(&b, "arl_batch_running %d\n", map[bool]int{true: 1}[running])
	family("arl_batch_updated_seconds", "gauge", "When this file was written.")
	fmt.Fprintf(&b, "arl_batch_updated_seconds %d\n", time.Now().Unix())
	known := s.Limiter.Snapshot()
	keys, _ := busiest(known, mostKeys)
	family("arl_rate", "gauge", "Requests per second, by key.")
	for _, key := range keys {
		fmt.Fprintf(&b, "arl_rate{key=%q} %g\n", s.Env.Secrets.Redact(key), known[key].Rate)
	}
	return b.Bytes()
}
