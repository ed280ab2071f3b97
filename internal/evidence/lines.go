package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
)

// Version is that of the format.
const Version = 1

// A Start begins a run: who fetches, and with what.
type Start struct {
	Manifest int       `json:"arl_manifest"` // Version
	ARL      string    `json:"arl"`          // the version of arl
	Command  []string  `json:"command"`      // without secrets
	Host     string    `json:"host,omitempty"`
	User     string    `json:"user,omitempty"`
	Started  string    `json:"started"`
	Config   *File     `json:"config,omitempty"` // config.yaml
	Profiles []Profile `json:"profiles,omitempty"`
	Output   string    `json:"output,omitempty"`     // of results; relative to the manifest
	Files    string    `json:"output_dir,omitempty"` // of responses in files; likewise
}

// A Profile is how an API was talked to.
type Profile struct {
	API    string `json:"api"`
	SHA256 string `json:"sha256"` // of its values, as `arl apis show` has them
}

// A File is one that was read or written.
type File struct {
	Name    string `json:"name"` // relative to the manifest; - for a standard stream
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Partial bool   `json:"partial,omitempty"` // it was not read to its end
}

// An End ends a run.
type End struct {
	Ended   string          `json:"ended"`
	Lines   int64           `json:"lines"` // of this run, without this one
	Inputs  []File          `json:"inputs,omitempty"`
	Outputs []File          `json:"outputs,omitempty"`
	Keys    []string        `json:"keys,omitempty"` // that the requests had: behind @ is the short hash of a credential's identity
	Summary json.RawMessage `json:"summary,omitempty"`
}

// A record is what is checked of any other line.
type record struct {
	ID         json.RawMessage `json:"id"`
	Line       int64           `json:"line"`
	Status     int             `json:"status"`
	OK         bool            `json:"ok"`
	File       string          `json:"file"`
	FileSHA256 string          `json:"sha256"`
	Result     string          `json:"result_sha256"`
	Dropped    string          `json:"dropped"`
	Exchange   string          `json:"exchange"`
}

// hashOf returns name, size and hash of what a file holds.
func hashOf(path, name string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}
