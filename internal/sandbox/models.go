package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// modelRequest is what is read of a request for a language model.
type modelRequest struct {
	Model         string  `json:"model"`
	MaxTokens     float64 `json:"max_tokens"`
	MaxCompletion float64 `json:"max_completion_tokens"`
	MaxOutput     float64 `json:"max_output_tokens"`
	Stream        bool    `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`

	prompt, completion int // tokens
	endpoint           string
}

// readModel reads a POST that names a model; nil if it is none. used is the part of what a request may take that it does.
func readModel(r *http.Request, body []byte, used float64) *modelRequest {
	if r.Method != http.MethodPost {
		return nil
	}
	var m modelRequest
	if json.Unmarshal(body, &m) != nil || m.Model == "" {
		return nil
	}
	m.endpoint = path.Base(r.URL.Path)
	m.MaxTokens = max(m.MaxTokens, m.MaxCompletion, m.MaxOutput)
	m.prompt, m.completion = len(body)/4, int(m.MaxTokens*used)
	if m.endpoint == "embeddings" {
		m.MaxTokens, m.completion = 0, 0
	}
	return &m
}

// serveModel answers as OpenAI does. Of a stream the last event but one tells the usage, if it is asked for or always.
func serveModel(always bool) func(http.ResponseWriter, *http.Request, *metered) {
	return func(w http.ResponseWriter, _ *http.Request, m *metered) {
		q := m.model
		body := q.body()
		if !q.Stream {
			reply(w, http.StatusOK, []byte(body))
			return
		}
		var events []string
		switch usage := q.usage(); {
		case q.endpoint == "responses":
			events = []string{`{"type":"response.output_text.delta","delta":"ok"}`, `{"type":"response.completed","response":` + body + `}`}
		case always || q.StreamOptions.IncludeUsage:
			events = []string{`{"choices":[{"delta":{"content":"ok"}}]}`, `{"choices":[],` + usage + `}`, "[DONE]"}
		default:
			events = []string{`{"choices":[{"delta":{"content":"ok"}}]}`, "[DONE]"}
		}
		serveEvents(w, events)
	}
}

func serveEvents(w http.ResponseWriter, events []string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range events {
		fmt.Fprintf(w, "data: %s\n\n", event)
	}
}

// body is the whole response of an endpoint.
func (q *modelRequest) body() string {
	model := string(appendString(nil, q.Model))
	switch q.endpoint {
	case "responses":
		return `{"object":"response","status":"completed","model":` + model + `,"output":[{"type":"message","content":[{"type":"output_text","text":"ok"}]}],` + q.usage() + `}`
	case "embeddings":
		return `{"object":"list","model":` + model + `,"data":[{"object":"embedding","index":0,"embedding":[0.1,0.2]}],` + q.usage() + `}`
	}
	return `{"object":"chat.completion","model":` + model + `,"choices":[{"message":{"role":"assistant","content":"ok"}}],` + q.usage() + `}`
}

func (q *modelRequest) usage() string {
	total := q.prompt + q.completion
	switch q.endpoint {
	case "responses":
		return fmt.Sprintf(`"usage":{"input_tokens":%d,"output_tokens":%d,"total_tokens":%d}`, q.prompt, q.completion, total)
	case "embeddings":
		return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"total_tokens":%d}`, q.prompt, total)
	}
	return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, q.prompt, q.completion, total)
}

// serveMessages answers as Anthropic does: of a stream the first event tells the input tokens, and a late one the output
// tokens.
func serveMessages(w http.ResponseWriter, _ *http.Request, m *metered) {
	q := m.model
	model := string(appendString(nil, q.Model))
	if !q.Stream {
		reply(w, http.StatusOK, fmt.Appendf(nil, `{"type":"message","role":"assistant","model":%s,"content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":%d,"output_tokens":%d}}`, model, q.prompt, q.completion))
		return
	}
	serveEvents(w, []string{
		fmt.Sprintf(`{"type":"message_start","message":{"type":"message","model":%s,"usage":{"input_tokens":%d,"output_tokens":1}}}`, model, q.prompt),
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}}`,
		fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":%d}}`, q.completion),
		`{"type":"message_stop"}`,
	})
}

// unitHeader is a header's name with a unit's in it.
func unitHeader(before, unit, after string) string {
	return http.CanonicalHeaderKey(strings.TrimSuffix(before+"-"+unit+"-"+after, "-"))
}
