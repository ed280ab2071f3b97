package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
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

// tokenLimits are the models' buckets. They are of one server, and not kept in its state file.
type tokenLimits struct {
	of Tokens

	mu     sync.Mutex
	models map[string]*tokenBucket
}

type tokenBucket struct {
	left float64
	at   time.Time
}

// modelRequest is what is read of a request.
type modelRequest struct {
	Model     string  `json:"model"`
	MaxTokens float64 `json:"max_tokens"`
	Stream    bool    `json:"stream"`
}

// maxModelBody is how much of a body is read.
const maxModelBody = 8 << 20

// limited serves a request that counts tokens, and reports whether it did: others are for next.
func (t *tokenLimits) serve(w http.ResponseWriter, r *http.Request) (done bool) {
	if t.of.N == 0 || r.Method != http.MethodPost || r.Body == nil {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxModelBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	var asked modelRequest
	if err != nil || json.Unmarshal(body, &asked) != nil || asked.Model == "" {
		return false
	}
	prompt := float64(len(body)) / 4
	used := t.of.Used
	if used == 0 {
		used = 1
	}
	need, take := prompt+asked.MaxTokens, prompt+asked.MaxTokens*used
	left, wait := t.take(asked.Model, need, take)
	t.tell(w.Header(), left)
	if wait > 0 {
		w.Header().Set("Retry-After-Ms", strconv.FormatInt(wait.Milliseconds()+1, 10))
		fail(w, http.StatusTooManyRequests, "tokens", fmt.Sprintf("Rate limit reached for %s on tokens per min (TPM): Limit %d, Requested %.0f.", asked.Model, t.of.N, need))
		return true
	}
	answerModel(w, &asked, int(prompt), int(take-prompt))
	return true
}

// take takes tokens of a model if what may be needed is there; else it returns how long until it is.
func (t *tokenLimits) take(model string, need, take float64) (left float64, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, rate := time.Now(), float64(t.of.N)/t.of.Per.Seconds()
	b := t.models[model]
	if b == nil {
		if t.models == nil {
			t.models = make(map[string]*tokenBucket)
		}
		b = &tokenBucket{left: float64(t.of.N), at: now}
		t.models[model] = b
	}
	b.left = min(float64(t.of.N), b.left+rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < need {
		return b.left, time.Duration((need - b.left) / rate * float64(time.Second))
	}
	b.left -= take
	return b.left, 0
}

// tell says what is left as OpenAI does: the reset is how long it takes until all is there.
func (t *tokenLimits) tell(h http.Header, left float64) {
	missing := (float64(t.of.N) - left) / float64(t.of.N) * t.of.Per.Seconds()
	h.Set("X-Ratelimit-Limit-Tokens", strconv.Itoa(t.of.N))
	h.Set("X-Ratelimit-Remaining-Tokens", strconv.Itoa(int(left)))
	h.Set("X-Ratelimit-Reset-Tokens", time.Duration(missing*float64(time.Second)).Round(time.Millisecond).String())
}

// answerModel answers as a model does: with its usage, which of a stream is in the last event but one.
func answerModel(w http.ResponseWriter, asked *modelRequest, prompt, completion int) {
	usage := fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, prompt, completion, prompt+completion)
	model, _ := json.Marshal(asked.Model)
	if !asked.Stream {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"object":"chat.completion","model":%s,"choices":[{"message":{"role":"assistant","content":"ok"}}],%s}`+"\n", model, usage)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range []string{`{"choices":[{"delta":{"content":"ok"}}]}`, `{"choices":[],` + usage + `}`, "[DONE]"} {
		fmt.Fprintf(w, "data: %s\n\n", event)
	}
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
