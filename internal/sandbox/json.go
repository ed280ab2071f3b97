package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// reply sends a JSON text, which may be given in a beginning and an end, as a line of its own.
func reply(w http.ResponseWriter, status int, body []byte, end ...byte) {
	body = append(append(body, end...), '\n')
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// replyJSON sends a value that encoding/json takes without error.
func replyJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		fail(w, http.StatusInternalServerError, "sandbox_json", err.Error())
		return
	}
	reply(w, status, body)
}

// problem is the body of a response that is not what was asked for.
type problem struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func fail(w http.ResponseWriter, status int, code, message string) {
	var p problem
	p.Error.Code, p.Error.Message = code, message
	replyJSON(w, status, p)
}

func badRequest(w http.ResponseWriter, message string) {
	fail(w, http.StatusBadRequest, "bad_request", message)
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always has a JSON form
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
