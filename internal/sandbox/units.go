package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tokens is a limit of tokens, as vendors of language models have it: N in Per, and as many at once, for each model. The
// zero value is none.
//
// A POST with a JSON body takes a quarter of the bytes of that and, of its max_tokens, the part that Used says: so much is
// charged, and told as usage. What a request may take, with all of its max_tokens, has to be there for it to be accepted.
type Tokens struct {
	N    int
	Per  time.Duration
	Used float64 // 0 means all
}

// meter is the limit at work, with OpenAI's headers and responses.
func (t Tokens) meter() *meter {
	used := t.Used
	if used == 0 {
		used = 1
	}
	m := &meter{
		units: []meterUnit{{name: "tokens", n: float64(t.N), per: t.Per}}, also: true,
		tell: openAIUnits, reject: openAIReject, serve: serveModel(true),
	}
	m.read = func(r *http.Request, body []byte) *metered {
		q := readModel(r, body, used)
		if q == nil {
			return nil
		}
		return &metered{
			key: q.Model, model: q, need: []float64{float64(q.prompt) + q.MaxTokens}, take: []float64{float64(q.prompt + q.completion)},
		}
	}
	return m
}

// ParseTokens reads a limit of tokens, such as 60000/1m.
func ParseTokens(text string) (Tokens, error) {
	count, per, found := strings.Cut(text, "/")
	if per != "" && strings.ContainsAny(per[:1], "smh") {
		per = "1" + per
	}
	n, err := strconv.Atoi(count)
	d, err2 := time.ParseDuration(per)
	if !found || err != nil || err2 != nil || n < 1 || d <= 0 {
		return Tokens{}, fmt.Errorf("%q is not a limit of tokens like 60000/1m", text)
	}
	return Tokens{N: n, Per: d}, nil
}
