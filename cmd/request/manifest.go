package request

import (
	"net/http"

	"github.com/arl-cli/arl/cmd/internal/provenance"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/evidence"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
)

// A manifest is that of --manifest; nil without.
type manifest struct{ *evidence.Writer }

// openManifest opens the file, and writes who fetches what.
func (o *options) openManifest(s *session.Session, streams *fetch.Streams) (*manifest, error) {
	if o.Manifest == "" || o.DryRun {
		return nil, nil
	}
	w, err := provenance.Create(o.Manifest, false)
	if err != nil {
		return nil, err
	}
	w.Start(provenance.Start(s, o.global, o.target()))
	if o.Output == "" && !o.env.OutTTY {
		streams.Out = w.Copy(streams.Out)
	}
	return &manifest{w}, nil
}

// wire notes every response that comes through base.
func (m *manifest) wire(s *session.Session, base http.RoundTripper) http.RoundTripper {
	if m == nil {
		return base
	}
	return m.Wire(base, s.Env.Secrets.Redact)
}

// end ends the manifest, with what was written.
func (m *manifest) end(s *session.Session, o *options, failed error) error {
	if m == nil {
		return nil
	}
	if failed == nil && o.Output != "" && !files.IsStream(o.Output) {
		m.Output(o.Output)
	}
	return m.Close(evidence.End{Keys: provenance.Keys(s)})
}
