package oauth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A tokenServer gives a token for the code "good", and counts who asks.
type tokenServer struct {
	mu    sync.Mutex
	asked []url.Values
}

// RoundTrip implements http.RoundTripper.
func (s *tokenServer) RoundTrip(req *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, form)
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	if form.Get("code") != "good" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		return w.Result(), nil
	}
	_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer","refresh_token":"r"}`)
	return w.Result(), nil
}

// came is what AwaitBrowser has returned.
type came struct {
	token Token
	err   error
}

// waiting is a login that waits for a browser, in virtual time.
func waiting(t *testing.T, from Returns) (*tokenServer, *Authorization, <-chan came) {
	t.Helper()
	s := &tokenServer{}
	c := &Client{ID: "p", Send: s}
	a, err := c.NewAuthorization(Endpoints{Authorize: testIssuer}, "http://127.0.0.1:1/callback", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	end := make(chan came, 1)
	go func() {
		token, err := c.AwaitBrowser(t.Context(), testIssuer+"/token", a, from)
		end <- came{token, err}
	}()
	return s, a, end
}

func TestAwaitBrowser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, _ := url.Parse(DefaultRedirect)
		back := newCallback(u)
		var notes []string
		s, a, end := waiting(t, Returns{Visits: back.Visits, Note: func(text string) { notes = append(notes, text) }})
		visit := func(query string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			back.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/callback?"+query, http.NoBody))
			return w
		}
		if w := visit("code=good&state=another"); w.Code != http.StatusBadRequest {
			t.Errorf("another login's state is answered with %d", w.Code)
		}
		time.Sleep(BrowserTimeout - time.Second) // it still waits
		w := visit("code=good&state=" + a.state)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "You can close this window") || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("got %d, %s", w.Code, w.Body)
		}
		if got := <-end; got.token.Access != "a" || got.token.Refresh != "r" || got.err != nil {
			t.Errorf("got %+v", got)
		}
		if len(s.asked) != 1 || s.asked[0].Get("code_verifier") != a.verifier || s.asked[0].Get("redirect_uri") != "http://127.0.0.1:1/callback" {
			t.Errorf("the server was asked %v", s.asked)
		}
		if len(notes) != 1 || notes[0] != ErrForeign.Error() {
			t.Errorf("notes %q", notes)
		}
		back.Close()
		if w := visit("code=good&state=" + a.state); w.Code != http.StatusGone || len(s.asked) != 1 {
			t.Errorf("a second visit is answered with %d, and the server was asked %d times", w.Code, len(s.asked))
		}
	})
}

// Whatever a browser asks for that is no login is not taken for one.
func TestCallbackOthers(t *testing.T) {
	t.Parallel()
	u, _ := url.Parse(DefaultRedirect)
	back := newCallback(u)
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/favicon.ico", http.NoBody),
		httptest.NewRequest(http.MethodHead, "/callback?code=x", http.NoBody),
		httptest.NewRequest(http.MethodPost, "/callback?code=x", http.NoBody),
	} {
		w := httptest.NewRecorder()
		back.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s %s: %d", r.Method, r.URL, w.Code)
		}
	}
}

func TestAwaitBrowserEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pasted := make(chan string)
		close(pasted) // the end of standard input is not the login's
		start := time.Now()
		_, _, end := waiting(t, Returns{Pasted: pasted})
		if got := <-end; !errors.Is(got.err, ErrTimeout) || time.Since(start) != BrowserTimeout {
			t.Errorf("got %+v after %v", got, time.Since(start))
		}
	})
}

func TestAwaitBrowserPasted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pasted, notes := make(chan string), 0
		s, a, end := waiting(t, Returns{Pasted: pasted, Note: func(string) { notes++ }})
		pasted <- "hello"
		pasted <- "http://127.0.0.1:1/callback?code=good&state=" + a.state
		if got := <-end; got.token.Access != "a" || got.err != nil || notes != 1 || len(s.asked) != 1 {
			t.Errorf("got %+v, %d notes, asked %d times", got, notes, len(s.asked))
		}
	})
}

// A code that the server does not take is not tried again.
func TestAwaitBrowserRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pasted := make(chan string)
		s, a, end := waiting(t, Returns{Pasted: pasted})
		pasted <- "?code=used&state=" + a.state
		got := <-end
		if denied, ok := errors.AsType[*ResponseError](got.err); !ok || denied.Code != "invalid_grant" || len(s.asked) != 1 {
			t.Errorf("got %+v, asked %d times", got, len(s.asked))
		}
	})
}

// A port that the profile names is used, and one is found where it names none.
func TestListen(t *testing.T) {
	t.Parallel()
	first, err := Listen(t.Context(), "http://127.0.0.1/callback")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.Close)
	u, err := url.Parse(first.URL)
	if err != nil || u.Port() == "" || u.Hostname() != "127.0.0.1" || u.Path != "/callback" {
		t.Errorf("got %s, %v", first.URL, err)
	}
	if _, err := Listen(t.Context(), first.URL); err == nil {
		t.Error("a port that is used already is used")
	}
	named, err := Listen(t.Context(), "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(named.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { (<-named.Visits).Reply(http.StatusTeapot, "<b>"); cancel() }()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, named.URL+"?x=1", http.NoBody)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-ctx.Done()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusTeapot || !strings.Contains(string(text), "&lt;b&gt;") {
		t.Errorf("%d %s %v", resp.StatusCode, text, err)
	}
}
