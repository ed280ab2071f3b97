package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A stage is an API, and a proxy in front of it.
type stage struct {
	proxy  *Proxy
	url    string // of the proxy
	server *httptest.Server
}

func newStage(t *testing.T, handler http.HandlerFunc, change func(*config.Profile, *apiclient.Config)) *stage {
	t.Helper()
	api := httptest.NewServer(handler)
	t.Cleanup(func() {
		api.CloseClientConnections()
		api.Close()
	})
	rate, burst, pause := 1000.0, 100, time.Millisecond
	profile := &config.Profile{
		Name: "x", BaseURL: api.URL + "/v1",
		Pace: config.Pace{InitialRate: &rate, Burst: &burst, DefaultPause: &pause},
	}
	cfg := apiclient.Config{Limiter: limiter.New(limiter.Config{}), Retry: limiter.Retry{Max: 2}}
	if change != nil {
		change(profile, &cfg)
	}
	p, err := New(Config{API: "x", Hosts: []string{"ours.example"}, Dial: func(wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
		wire := &http.Transport{DisableCompression: true}
		KeepHeads(wire)
		cfg.Base = wrap(wire)
		return apiclient.New(profile, cfg)
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return &stage{p, server.URL, api}
}

// An answer is all of a response but its body.
type answer struct {
	StatusCode int
	Header     http.Header
}

// ask sends a request through the proxy.
func (s *stage) ask(t *testing.T, method, path, body string, headers ...string) (answer, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := (&http.Transport{}).RoundTrip(req) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header}, string(text)
}

func kindIn(t *testing.T, text string) string {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p.Error.Kind
}

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s\n%s", r.Method, r.RequestURI, body, r.Host)
	for _, name := range []string{"Authorization", "X-Key", "Origin", "Connection", "X-Hop", "X-Forwarded-For", "X-Own"} {
		for _, value := range r.Header[name] {
			fmt.Fprintf(w, "\n%s: %s", name, value)
		}
	}
}

func TestForwards(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, func(p *config.Profile, _ *apiclient.Config) { p.Headers = map[string]string{"X-Own": "1"} })
	resp, text := s.ask(t, "PUT", "/a%2Fb//c?x=%20&y", "body", "Connection: X-Hop", "X-Hop: 1", "Authorization: Bearer mine")
	want := "PUT /v1/a%2Fb//c?x=%20&y body\n" + strings.TrimPrefix(s.server.URL, "http://") + "\nAuthorization: Bearer mine\nX-Own: 1"
	if resp.StatusCode != 200 || text != want {
		t.Errorf("%d %s\nwant %s", resp.StatusCode, text, want)
	}
}

// The profile's credential takes the place of the client's.
func TestCredential(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		auth *config.Auth
		want string
	}{
		{&config.Auth{Type: config.AuthBearer, Env: []string{"T"}}, "GET /v1/x?X-Key=theirs&a=%2f \nAuthorization: Bearer ours\nX-Key: theirs"},
		{&config.Auth{Type: config.AuthHeader, Name: "X-Key", Env: []string{"T"}}, "GET /v1/x?X-Key=theirs&a=%2f \nX-Key: ours"},
		{&config.Auth{Type: config.AuthQuery, Name: "X-Key", Env: []string{"T"}}, "GET /v1/x?a=%2F&X-Key=ours \nX-Key: theirs"},
	} {
		s := newStage(t, echo, func(p *config.Profile, c *apiclient.Config) {
			p.Auth = test.auth
			c.Getenv = func(string) string { return "ours" }
		})
		_, text := s.ask(t, "GET", "/x?X-Key=theirs&a=%2f", "", "Authorization: Bearer theirs", "X-Key: theirs")
		text = strings.Replace(text, strings.TrimPrefix(s.server.URL, "http://")+"\n", "", 1)
		if text != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.auth.Type, text, test.want)
		}
	}
}

func TestRejects(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	s := newStage(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) }, nil)
	for _, test := range []struct {
		method, path string
		headers      []string
		want         int
	}{
		{"GET", "/x", []string{"Host: evil.example"}, 421},
		{"GET", "/x", []string{"Host: localhost.evil.example"}, 421},
		{"GET", "/x", []string{"Host: 127.0.0.1.evil.example:8080"}, 421},
		{"GET", "/x", []string{"Host: 192.168.0.1"}, 421},
		{"GET", MetricsPath, []string{"Host: evil.example"}, 421},
		{"GET", "/x", []string{"Origin: https://evil.example"}, 403},
		{"GET", "/x", []string{"Origin: null"}, 403},
		{"GET", "/x", []string{"Referer: https://evil.example/page"}, 403},
		{"GET", "/x", []string{"Host: localhost", "Origin: http://localhost", "Origin: https://evil.example"}, 403},
		{"GET", "/x", []string{"Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"}, 403},
		{"POST", "/x", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/x", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"GET", MetricsPath, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"OPTIONS", "/x", []string{"Origin: https://evil.example", "Access-Control-Request-Method: PUT"}, 403},
		{"GET", "/x", []string{"Connection: keep-alive, Upgrade", "Upgrade: websocket"}, 501},
		{"GET", "/.arl/other", nil, 404},
		{"POST", MetricsPath, nil, 404},
	} {
		resp, text := s.ask(t, test.method, test.path, "", test.headers...)
		if resp.StatusCode != test.want || kindIn(t, text) != "throttled" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s %q: %d %s, want %d", test.method, test.path, test.headers, resp.StatusCode, text, test.want)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests have reached the API", n)
	}
	for _, headers := range [][]string{
		{"Host: localhost"},
		{"Host: LOCALHOST.:1"},
		{"Host: [::1]:80"},
		{"Host: 127.9.9.9"},
		{"Host: Ours.example:80"},
		{"Sec-Fetch-Site: none"},
		{"Host: localhost:9", "Origin: http://localhost:9"},
	} {
		if resp, text := s.ask(t, "GET", "/x", "", headers...); resp.StatusCode != 200 {
			t.Errorf("%q: %d %s", headers, resp.StatusCode, text)
		}
	}
}

// A throttle is waited for, and the request repeated with its body, whatever its method.
func TestRepeats(t *testing.T) {
	t.Parallel()
	var times atomic.Int64
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		if times.Add(1) <= 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		echo(w, r)
	}, nil)
	resp, text := s.ask(t, "POST", "/x", "once")
	if resp.StatusCode != 200 || !strings.HasPrefix(text, "POST /v1/x once\n") || times.Load() != 3 {
		t.Errorf("%d %s after %d", resp.StatusCode, text, times.Load())
	}
}

// What does not fit into the buffer is streamed, and not repeated.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	var times, size atomic.Int64
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		size.Store(n)
		times.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
	}, nil)
	for _, body := range []io.Reader{
		bytes.NewReader(make([]byte, 3*maxBody)),                            // its length is known
		io.LimitReader(bytes.NewReader(make([]byte, 3*maxBody)), 3*maxBody), // it is not
	} {
		times.Store(0)
		resp, err := http.Post(s.url+"/x", "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusTooManyRequests || times.Load() != 1 || size.Load() != 3*maxBody {
			t.Errorf("%d after %d, %d bytes", resp.StatusCode, times.Load(), size.Load())
		}
	}
}

// The last throttle is passed on as it came.
func TestFinalThrottle(t *testing.T) {
	t.Parallel()
	zero := 0
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, "their own words")
	}, func(p *config.Profile, _ *apiclient.Config) { p.MaxRetriesOnBackoff = &zero })
	resp, text := s.ask(t, "GET", "/x", "")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "7" || text != "their own words" {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
}

// Whoever would wait too long is told when to come back.
func TestMaxWait(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	}, func(_ *config.Profile, c *apiclient.Config) { c.MaxWait = time.Second })
	resp, text := s.ask(t, "GET", "/x", "")
	after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if resp.StatusCode != 429 || err != nil || after < 20 || after > 40 || kindIn(t, text) != "throttled" {
		t.Errorf("%d, Retry-After %q, %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
}

// A client that goes away leaves the line, and one that waits when the proxy stops is told so.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/x", nil)
		if err == nil {
			var resp *http.Response
			if resp, err = http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
		}
		gone <- err
	}()
	s.until(t, "arl_proxy_waiting", 1)
	cancel()
	if err := <-gone; err == nil {
		t.Error("it got a response")
	}
	s.until(t, "arl_proxy_waiting", 0)
	s.until(t, "arl_proxy_in_flight", 0)

	told := make(chan string, 1)
	go func() {
		resp, err := http.Get(s.url + "/x")
		if err != nil {
			told <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		told <- fmt.Sprintf("%d %s", resp.StatusCode, text)
	}()
	s.until(t, "arl_proxy_waiting", 1)
	s.proxy.Drain()
	if text := <-told; !strings.HasPrefix(text, "503 ") || !strings.Contains(text, "stopping") {
		t.Error(text)
	}
}

// metric returns the value of a metric.
func (s *stage) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, text := s.ask(t, "GET", MetricsPath, "")
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+`{api="x"`); ok {
			value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.Index(rest, "}")+1:]), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("no %s in\n%s", name, text)
	return 0
}

func (s *stage) until(t *testing.T, name string, want float64) {
	t.Helper()
	for range 2000 {
		if s.metric(t, name) == want {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s is %v, want %v", name, s.metric(t, name), want)
}

// A stream of events comes through event by event.
func TestStreams(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}, nil)
	resp, err := http.Get(s.url + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) {
			t.Fatalf("%q, %v", lines.Text(), lines.Err())
		}
		next <- struct{}{}
	}
}

// What an answer says of other requests leads back to the proxy.
func TestHome(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.Header().Set("Link", "<"+r.URL.Query().Get("to")+`>; rel="next", <?p=1>; rel=prev`)
		w.WriteHeader(http.StatusFound)
	}, nil)
	api := s.server.URL
	for to, want := range map[string]string{
		api + "/v1/y?p=2#f":       s.url + "/y?p=2#f",
		"/v1/y%2Fz":               s.url + "/y%2Fz",
		"z":                       s.url + "/a/z",
		api + "/v1":               s.url,
		api + "/v2/y":             api + "/v2/y",
		"/other":                  api + "/other",
		api + "/v11":              api + "/v11",
		api + "/v1/v1/y":          s.url + "/v1/v1/y", // or it would lead to /v1/y
		"https://other.example/y": "https://other.example/y",
	} {
		resp, _ := s.ask(t, "GET", "/a/x?to="+strings.NewReplacer("%", "%25", "#", "%23", "?", "%3F").Replace(to), "")
		if got := resp.Header.Get("Location"); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
		if got := resp.Header.Get("Link"); got != "<"+want+`>; rel="next", <`+s.url+`/a/x?p=1>; rel=prev` {
			t.Errorf("%s: %s", to, got)
		}
	}
}

// Every metric is described, and what is counted is what was asked.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newStage(t, echo, nil)
	s.server.Config.SetKeepAlivesEnabled(false) // or the last request might go to a connection that is just being closed
	for range 3 {
		s.ask(t, "GET", "/x", "")
	}
	s.server.CloseClientConnections()
	s.server.Close()
	resp, text := s.ask(t, "POST", "/x", "")
	if resp.StatusCode != http.StatusBadGateway || kindIn(t, text) != "connect" {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	_, text = s.ask(t, "GET", MetricsPath, "")
	for _, want := range []string{
		`arl_proxy_requests_total{api="x",code="200"} 3`,
		`arl_proxy_requests_total{api="x",code="502"} 1`,
		`arl_proxy_request_duration_seconds_bucket{api="x",le="+Inf"} 4`,
		`arl_proxy_request_duration_seconds_count{api="x"} 4`,
		`arl_rate{api="x",key="x"} `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	described := map[string]bool{}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			described[strings.Fields(rest)[0]] = true
			continue
		}
		name, _, _ := strings.Cut(line, "{")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		if !strings.HasPrefix(line, "# HELP ") && !described[name] {
			t.Errorf("not described: %s", line)
		}
	}
}

// What went wrong is said as a batch says it.
func TestKinds(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*config.Profile, *apiclient.Config){
		"tls": func(p *config.Profile, _ *apiclient.Config) {
			p.BaseURL = strings.Replace(p.BaseURL, "http:", "https:", 1)
		},
		"read": nil,
		"auth": func(p *config.Profile, c *apiclient.Config) {
			p.Auth = &config.Auth{
				Type: config.AuthOAuth2, TokenURL: strings.TrimSuffix(p.BaseURL, "/v1") + "/token",
				ClientIDEnv: []string{"ID"}, ClientSecretEnv: []string{"SECRET"},
			}
			var err error
			if c.Credential, err = credential.Find(t.Context(), p, strings.ToLower); err != nil {
				t.Fatal(err)
			}
		},
	} {
		s := newStage(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				http.Error(w, `{"error": "invalid_client"}`, http.StatusUnauthorized)
				return
			}
			fmt.Fprint(hijack(t, w), "nonsense\r\n\r\n")
		}, change)
		resp, text := s.ask(t, "POST", "/x", "")
		if got := kindIn(t, text); resp.StatusCode != http.StatusBadGateway || got != want {
			t.Errorf("%d %s, want %s: %s", resp.StatusCode, got, want, text)
		}
	}
}

// hijack takes the connection; it is closed in the end.
func hijack(t *testing.T, w http.ResponseWriter) net.Conn {
	t.Helper()
	h, ok := w.(http.Hijacker)
	if !ok {
		t.Fatal("no connection of its own")
	}
	conn, _, err := h.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Second/10, func() { conn.Close() })
	return conn
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	if got := quoted("a\"b\\c\n"); got != `"a\"b\\c\n"` {
		t.Error(got)
	}
}
