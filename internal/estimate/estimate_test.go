package estimate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

func TestWords(t *testing.T) {
	t.Parallel()
	type said struct{ limit, words, phrase, cell, source, evidence string }
	learned := func(rate, ceiling float64, sent int64) limiter.Learned {
		return limiter.Learned{Rate: rate, Ceiling: ceiling, Counts: pacing.Counts{Sent: sent, Accepted: sent}, Source: pacing.SourceLearned}
	}
	for _, test := range []struct {
		name string
		l    limiter.Learned
		want said
	}{
		{"held", learned(20, 21, 1234), said{"about", "about 21.0/s", "limit about 21.0/s", "21.0", "learned", "learned from 1,234 requests"}},
		{"searched", learned(3, 30, 10), said{"below", "below 30.0/s", "limit below 30.0/s", "<30.0", "learned", "learned from 10 requests"}},
		{"not met", learned(3, 0, 10), said{"none", "none met", "no limit met", "-", "learned", "learned from 10 requests"}},
		{"three requests", learned(25, 50, 3), said{"unknown", "not known yet", "limit not known yet", "-", "estimate", "estimate from 3 requests"}},
		{"one request", learned(50, 0, 1), said{"unknown", "not known yet", "limit not known yet", "-", "estimate", "estimate from 1 request"}},
		{"written by hand", learned(20, 21, 0), said{"about", "about 21.0/s", "limit about 21.0/s", "21.0", "learned", "learned"}},
		{
			"an outage",
			limiter.Learned{Rate: 50, Counts: pacing.Counts{Sent: 100}},
			said{"unknown", "not known yet", "limit not known yet", "-", "default", "the profile"},
		},
		{
			"nothing",
			limiter.Learned{Rate: 2},
			said{"unknown", "not known yet", "limit not known yet", "-", "default", "the profile"},
		},
		{
			"a header",
			limiter.Learned{Rate: 10, Ceiling: 10, Source: pacing.SourceHeader, Counts: pacing.Counts{Sent: 1}},
			said{"about", "about 10.0/s", "limit about 10.0/s", "10.0", "header", "a header of the server"},
		},
	} {
		l := &test.l
		got := said{
			estimate.LimitOf(l).String(), estimate.Words(l), estimate.Phrase(l), estimate.Cell(l), estimate.Source(l), estimate.Evidence(l),
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(said{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
