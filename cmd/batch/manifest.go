package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/arl-cli/arl/cmd/internal/provenance"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/evidence"
	"github.com/arl-cli/arl/internal/files"
)

// A manifest is that of --manifest; nil without.
type manifest struct{ *evidence.Writer }

// createManifest opens the file, and checks what it holds.
func (o *options) createManifest() (*manifest, error) {
	if o.Manifest == "" {
		return nil, nil
	}
	w, err := provenance.Create(o.Manifest, o.Resume)
	if err != nil {
		return nil, err
	}
	return &manifest{w}, nil
}

// begin writes who fetches what, once all files are open.
func (m *manifest) begin(s *session.Session, o *options, f *outputFiles, inputs []record.Input) error {
	if m == nil {
		return nil
	}
	start := provenance.Start(s, o.global, o.named())
	start.Files = o.OutputDir
	if o.keeps() {
		start.Output = o.Output
	}
	m.Start(start)
	for i := range inputs {
		name := inputs[i].Name
		if o.Files[i] == "-" {
			name = "-"
		}
		inputs[i].Reader = m.Input(name, inputs[i].Reader)
	}
	switch {
	case f.kept == nil && o.Output == "":
		m.Stream()
	case f.kept != nil:
		m.Output(o.Output)
	}
	if o.FailedOut != "" && !files.IsStream(o.FailedOut) {
		m.Output(o.FailedOut)
	}
	o.proof = m
	if f.kept != nil && o.Resume {
		return m.Reconcile(o.Output)
	}
	return nil
}

// notedPages is a wire whose responses are noted, as each page of a list has to be; base itself without a manifest. It
// is made before the manifest is open, and used after.
func (o *options) notedPages(s *session.Session, base http.RoundTripper) http.RoundTripper {
	if o.Manifest == "" || !o.All {
		return base
	}
	return &pageWire{base, o, s.Env.Secrets.Redact}
}

type pageWire struct {
	base   http.RoundTripper
	o      *options
	redact func(string) string
}

// RoundTrip implements http.RoundTripper.
func (w *pageWire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(req)
	if err == nil && w.o.proof != nil {
		resp.Body = w.o.proof.Body(resp, w.redact)
	}
	return resp, err
}

// results notes every result that is written to w.
func (m *manifest) results(w io.Writer) io.Writer {
	if m == nil {
		return w
	}
	return m.Results(w)
}

// end ends the manifest when all other files are closed. runErr is how the run ended.
func (m *manifest) end(s *session.Session, o *options, sum batch.Summary, runErr error) error {
	if m == nil {
		return nil
	}
	var summary bytes.Buffer
	err := sum.WriteJSON(&summary, identity.Shard(o.Shard), o.env.Build.Version, runErr)
	text := o.env.Secrets.Redact(summary.String())
	return errors.Join(err, m.Close(evidence.End{Keys: provenance.Keys(s), Summary: json.RawMessage(text)}))
}

// discard gives up a manifest whose run does not begin.
func (m *manifest) discard() error {
	if m == nil {
		return nil
	}
	return m.Discard()
}
