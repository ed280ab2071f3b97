package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// OAuth makes a server give tokens by the client credentials grant. Without a client of its own it takes any.
type OAuth struct {
	Path     string        // of the token endpoint, as it is sent; empty means that there is none
	Life     time.Duration // of a token; 0 means an hour
	ID       string        // of the only client that is given tokens
	Secret   string        // of that client
	Required bool          // requests without a token are rejected, not only those with a wrong one
}

func (o OAuth) validate() error {
	switch {
	case o.Path == "" && o != OAuth{}:
		return errors.New("oauth: want the path of the token endpoint")
	case o.Path != "" && o.Path[0] != '/':
		return errors.New("oauth: want a path that begins with a slash")
	case o.Life < 0:
		return errors.New("oauth: want no negative life")
	}
	return nil
}

// tokens are those that are good now. Each client has one: another one revokes it at once.
type tokens struct {
	mu   sync.Mutex
	good map[string]token // by client
}

type token struct {
	text  string
	until time.Time
}

// authorize answers token requests, and requests that a wrong token keeps out. It reports whether it did.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) bool {
	o := s.config.OAuth
	switch {
	case s.config.Auth != "" && !carries(r, s.config.Auth):
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, http.StatusUnauthorized, "unauthorized", "the credential is missing or wrong")
		return true
	case o.Path == "":
		return false
	case r.URL.Path == o.Path:
		s.giveToken(w, r)
		return true
	case s.authorized(r):
		return false
	}
	w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	fail(w, http.StatusUnauthorized, "invalid_token", "the token is unknown, has expired or was revoked")
	return true
}

// carries reports whether a request has a credential: as a bearer token, as user:password, or as the whole value
// of any header or query parameter.
func carries(r *http.Request, credential string) bool {
	user, password, _ := r.BasicAuth()
	if user+":"+password == credential || r.Header.Get("Authorization") == "Bearer "+credential {
		return true
	}
	for _, values := range []map[string][]string{r.Header, r.URL.Query()} {
		for _, list := range values {
			if slices.Contains(list, credential) {
				return true
			}
		}
	}
	return false
}

func (s *Server) authorized(r *http.Request) bool {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return !s.config.OAuth.Required
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	for _, t := range s.tokens.good {
		if t.text == text {
			return time.Now().Before(t.until)
		}
	}
	return false
}

// mostClients bounds how many clients have tokens: anybody may make up one.
const mostClients = 1000

func (s *Server) giveToken(w http.ResponseWriter, r *http.Request) {
	o := s.config.OAuth
	form, err := tokenRequest(r)
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		oauthError(w, http.StatusMethodNotAllowed, "invalid_request", "want POST")
		return
	case err != nil:
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	case form["grant_type"] != "client_credentials":
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "want client_credentials")
		return
	case form["client_id"] == "" || form["client_secret"] == "",
		o.ID != "" && (form["client_id"] != o.ID || form["client_secret"] != o.Secret):
		oauthError(w, http.StatusUnauthorized, "invalid_client", "unknown client, or a wrong secret")
		return
	}
	life := o.Life
	if life == 0 {
		life = time.Hour
	}
	t := token{text: "sandbox_" + rand.Text(), until: time.Now().Add(life)}
	s.tokens.mu.Lock()
	if s.tokens.good == nil || len(s.tokens.good) >= mostClients {
		s.tokens.good = make(map[string]token)
	}
	s.tokens.good[form["client_id"]] = t
	s.tokens.mu.Unlock()
	body := appendString([]byte(`{"access_token":`), t.text)
	body = append(body, `,"token_type":"Bearer","expires_in":`...)
	body = strconv.AppendInt(body, int64(life/time.Second), 10)
	w.Header().Set("Cache-Control", "no-store")
	reply(w, http.StatusOK, body, '}')
}

// tokenRequest reads a form or a JSON object, and the client from an Authorization header.
func tokenRequest(r *http.Request) (map[string]string, error) {
	text, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return nil, err
	}
	form := make(map[string]string)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		if err := json.Unmarshal(text, &form); err != nil {
			return nil, errors.New("want a JSON object of strings")
		}
	} else {
		values, err := url.ParseQuery(string(text))
		if err != nil {
			return nil, errors.New("want a form or JSON")
		}
		for name := range values {
			form[name] = values.Get(name)
		}
	}
	if id, secret, ok := r.BasicAuth(); ok {
		form["client_id"], _ = url.QueryUnescape(id)
		form["client_secret"], _ = url.QueryUnescape(secret)
	}
	return form, nil
}

func oauthError(w http.ResponseWriter, status int, code, description string) {
	body := appendString([]byte(`{"error":`), code)
	body = append(body, `,"error_description":`...)
	body = appendString(body, description)
	reply(w, status, body, '}')
}
