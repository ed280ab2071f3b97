package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Jobs that finish later: POST /jobs is answered with 202 and where the state of a job is, which is 202 until the job is
// done. All that is known of a job is in its URL, so every process knows it.
//
// What a job does is asked for in the query of the POST: for=2s is how long it takes, end=fail that it fails, end=never
// that it goes on for ever, end=circle that its URL leads back to itself, end=lost that the server forgets it, and
// end=nowhere that the response does not say where it is.
const (
	defaultJobTime = 2 * time.Second
	maxJobTime     = 24 * time.Hour
)

// jobs accepts a job, or answers for one. It reports whether the path is one of theirs.
func jobs(w http.ResponseWriter, r *http.Request, n int64) bool {
	id, under := strings.CutPrefix(r.URL.Path, "/jobs/")
	switch {
	case r.URL.Path == "/jobs" && r.Method == http.MethodPost:
		acceptJob(w, r, n)
	case under && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		return jobState(w, id)
	default:
		return false
	}
	return true
}

func acceptJob(w http.ResponseWriter, r *http.Request, n int64) {
	query := r.URL.Query()
	takes := defaultJobTime
	if text := query.Get("for"); text != "" {
		var err error
		if takes, err = time.ParseDuration(text); err != nil || takes < 0 || takes > maxJobTime {
			badRequest(w, "/jobs: for: want a time such as 2s, at most 24h")
			return
		}
	}
	end := query.Get("end")
	if end == "" {
		end = "done"
	}
	id := fmt.Sprintf("%d-%d-%s", n, time.Now().Add(takes).UnixMilli(), end)
	if end != "nowhere" {
		w.Header().Set("Location", "/jobs/"+id)
	}
	retryAfter(w, takes)
	reply(w, http.StatusAccepted, appendString([]byte(`{"id":`), id), []byte(`,"status":"accepted"}`)...)
}

// jobState answers for a job, and reports whether its id is one.
func jobState(w http.ResponseWriter, id string) bool {
	parts := strings.SplitN(id, "-", 3)
	if len(parts) != 3 {
		return false
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return false
	}
	left := time.Until(time.UnixMilli(at))
	state := appendString([]byte(`{"id":`), id)
	switch end := parts[2]; {
	case end == "lost":
		reply(w, http.StatusNotFound, state, []byte(`,"error":"no such job"}`)...)
	case strings.HasPrefix(end, "circle"):
		next := strings.TrimSuffix(end+"-on", "-on-on")
		w.Header().Set("Location", "/jobs/"+parts[0]+"-"+parts[1]+"-"+next)
		reply(w, http.StatusAccepted, state, []byte(`,"status":"running"}`)...)
	case left > 0 || end == "never":
		retryAfter(w, left)
		reply(w, http.StatusAccepted, state, []byte(`,"status":"running"}`)...)
	case end == "fail":
		reply(w, http.StatusOK, state, []byte(`,"status":"failed","error":"it was asked to"}`)...)
	default:
		state = append(state, `,"status":"done","result":`...)
		reply(w, http.StatusOK, appendString(state, "/items/"+parts[0]), '}')
	}
	return true
}

// retryAfter says when it is worth asking for a job again: in whole seconds, if it takes some.
func retryAfter(w http.ResponseWriter, left time.Duration) {
	if left >= time.Second {
		w.Header().Set("Retry-After", strconv.Itoa(int(min(left, 30*time.Second)/time.Second)))
	}
}
