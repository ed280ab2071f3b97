package failures_test

import (
	"fmt"
	"testing"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/failures"
)

func failed(line, status int, result string) *batch.Done {
	return &batch.Done{
		Line: line, Input: "a.csv", Outcome: batch.Failed, Status: status, Result: []byte(result),
		Err: &batch.Error{Kind: batch.KindHTTP, Message: "HTTP " + fmt.Sprint(status)},
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var tally failures.Tally
	if tally.Failed() != "" || tally.Unknown() != "" {
		t.Error("nothing has failed yet")
	}
	tally.Add(&batch.Done{Outcome: batch.OK, Status: 200})
	tally.Add(&batch.Done{Outcome: batch.NotSent})
	for line := range 1000 {
		tally.Add(failed(line+17, 422, `{"json":{"message":"plan is invalid"}}`))
	}
	tally.Add(failed(3, 404, `{"body":"no such\n \"user\""}`))
	tally.Add(&batch.Done{Line: 9, Outcome: batch.Failed, Err: &batch.Error{Kind: batch.KindTimeout, Message: "too long"}})
	tally.Add(&batch.Done{Line: 5, Outcome: batch.Unknown, Err: &batch.Error{Kind: batch.KindUnknown, Message: "it was cut"}})
	if got, want := tally.Failed(), `422 x1,000 (first: line 17, "plan is invalid"), 404 x1 (first: line 3, "no such 'user'"), timeout x1 (first: line 9, "too long")`; got != want {
		t.Errorf("Failed = %s, want %s", got, want)
	}
	if got, want := tally.Unknown(), `unknown x1 (first: line 5, "it was cut")`; got != want {
		t.Errorf("Unknown = %s, want %s", got, want)
	}
	several := failures.Tally{Inputs: 2}
	for status := 400; status < 410; status++ {
		several.Add(failed(1, status, `{}`))
	}
	if got, want := several.Failed(), `400 x1 (first: a.csv:1, "HTTP 400"), 401 x1 (first: a.csv:1, "HTTP 401"), 402 x1 (first: a.csv:1, "HTTP 402"), 403 x1 (first: a.csv:1, "HTTP 403"), and other errors`; got != want {
		t.Errorf("Failed = %s, want %s", got, want)
	}
}

// What servers say is found where they say it; what is no text for people is not shown.
func TestMessages(t *testing.T) {
	t.Parallel()
	for result, want := range map[string]string{
		`{"json":{"error":{"message":"a","code":1}}}`:                  "a",
		`{"json":{"error":"invalid_grant"}}`:                           "invalid_grant",
		`{"json":{"error":"x","error_description":"why"}}`:             "why",
		`{"json":{"title":"Bad","detail":"the detail"}}`:               "the detail",
		`{"json":{"title":"Bad"}}`:                                     "Bad",
		`{"json":{"errors":[{"detail":"first"},{"detail":"second"}]}}`: "first",
		`{"json":{"errors":["first"]}}`:                                "first",
		`{"json":{"errors":{"name":["is taken"]}}}`:                    "HTTP 400",
		`{"json":{"message":""}}`:                                      "HTTP 400",
		`{"json":[1]}`:                                                 "HTTP 400",
		`{"body":"<html>x"}`:                                           "HTTP 400",
		`{"body":"\ud800"}`:                                            "HTTP 400",
		`{}`:                                                           "HTTP 400",
		``:                                                             "HTTP 400",
	} {
		var tally failures.Tally
		tally.Add(failed(1, 400, result))
		if got, want := tally.Failed(), fmt.Sprintf(`400 x1 (first: line 1, "%s")`, want); got != want {
			t.Errorf("%s: %s, want %s", result, got, want)
		}
	}
}
