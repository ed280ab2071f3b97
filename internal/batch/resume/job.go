package resume

import (
	"strconv"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A Job is something that a server accepted, and that finishes later.
type Job struct {
	URL    string // of its state; empty if it cannot be kept, for the secrets in it
	Status int    // of the response that accepted it
	Polls  int    // how often its state was asked for in this run
	State  any    // the sender's
}

// AppendJob appends what is known of a job, as a member of a line.
func AppendJob(dst []byte, j *Job) []byte {
	dst = strconv.AppendInt(append(dst, `,"job":{"status":`...), int64(j.Status), 10)
	if j.URL != "" {
		dst = rawjson.AppendQuoted(append(dst, `,"url":`...), j.URL)
	}
	if j.Polls > 0 {
		dst = strconv.AppendInt(append(dst, `,"polls":`...), int64(j.Polls), 10)
	}
	return append(dst, '}')
}

// parseJob reads what [AppendJob] has written; nil if it names no URL.
func parseJob(value []byte) *Job {
	if value[0] != '{' {
		return nil
	}
	j := &Job{}
	s := rawjson.Scan(value)
	for {
		name, value, more := s.Member()
		if !more {
			break
		}
		switch string(name) {
		case `"url"`:
			text, err := rawjson.Unquote(value)
			if err != nil {
				return nil
			}
			j.URL = string(text)
		case `"status"`:
			j.Status, _ = strconv.Atoi(string(value))
		}
	}
	if j.URL == "" {
		return nil
	}
	return j
}
