package httpcache

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// noon is when the responses of these tests are received.
var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func at(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }

// header makes a header of "Name: value" pairs.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// RFC 9111, section 3: what may be stored. Section 5.2 has the directives.
func TestStorable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method   string
		status   int
		request  http.Header
		response http.Header
		want     bool
	}{
		"a GET":                               {"GET", 200, nil, nil, true},
		"a HEAD":                              {"HEAD", 200, nil, nil, true},
		"a POST":                              {"POST", 200, nil, header("Cache-Control", "max-age=60"), false},
		"OPTIONS":                             {"OPTIONS", 200, nil, nil, false},
		"no-store in the response":            {"GET", 200, nil, header("Cache-Control", "no-store"), false},
		"No-Store among others":               {"GET", 200, nil, header("Cache-Control", "max-age=60, No-Store"), false},
		"no-store in a second line":           {"GET", 200, nil, header("Cache-Control", "private", "Cache-Control", "no-store"), false},
		"no-store within a quoted string":     {"GET", 200, nil, header("Cache-Control", `ext="a, no-store, b"`), true},
		"no-store in the request":             {"GET", 200, header("Cache-Control", "no-store"), nil, false},
		"no-store with must-understand":       {"GET", 200, nil, header("Cache-Control", "must-understand, no-store"), false},
		"private: it is a private cache":      {"GET", 200, nil, header("Cache-Control", "private"), true},
		"with Authorization":                  {"GET", 200, header("Authorization", "Bearer x"), nil, true},
		"no-cache may be stored":              {"GET", 200, nil, header("Cache-Control", "no-cache"), true},
		"must-revalidate may be stored":       {"GET", 200, nil, header("Cache-Control", "must-revalidate"), true},
		"Vary: *":                             {"GET", 200, nil, header("Vary", "*"), false},
		"Vary: * among others":                {"GET", 200, nil, header("Vary", "Accept, *"), false},
		"Vary on a field":                     {"GET", 200, nil, header("Vary", "Accept"), true},
		"Set-Cookie forbids nothing":          {"GET", 200, nil, header("Set-Cookie", "a=b"), true},
		"203":                                 {"GET", 203, nil, nil, true},
		"204":                                 {"GET", 204, nil, nil, true},
		"206 is a part":                       {"GET", 206, nil, header("Cache-Control", "max-age=60"), false},
		"301":                                 {"GET", 301, nil, nil, true},
		"302 says nothing":                    {"GET", 302, nil, nil, false},
		"302 for a minute":                    {"GET", 302, nil, header("Cache-Control", "max-age=60"), true},
		"308":                                 {"GET", 308, nil, nil, true},
		"404 says nothing":                    {"GET", 404, nil, nil, false},
		"404 for a minute":                    {"GET", 404, nil, header("Cache-Control", "max-age=60"), true},
		"404 for a shared cache alone":        {"GET", 404, nil, header("Cache-Control", "s-maxage=60"), false},
		"410 until a minute from now":         {"GET", 410, nil, header("Date", at(0), "Expires", at(time.Minute)), true},
		"429":                                 {"GET", 429, nil, header("Cache-Control", "max-age=60"), false},
		"401":                                 {"GET", 401, nil, header("Cache-Control", "max-age=60"), false},
		"500":                                 {"GET", 500, nil, header("Cache-Control", "max-age=60"), false},
		"503":                                 {"GET", 503, nil, header("Cache-Control", "max-age=60"), false},
		"304 to somebody's own condition":     {"GET", 304, nil, header("Cache-Control", "max-age=60"), false},
		"a status that is not understood yet": {"GET", 299, nil, header("Cache-Control", "max-age=60"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Stored{Status: test.status, Header: test.response, Asked: noon, Received: noon}
			if got := Storable(test.method, test.request, &s); got != test.want {
				t.Errorf("Storable = %v, want %v", got, test.want)
			}
		})
	}
}

// RFC 9111, sections 4.2.1 and 5.3: for how long a response is fresh.
func TestLifetime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		want   time.Duration
		said   bool
	}{
		"nothing":                        {nil, 0, false},
		"no heuristic":                   {header("Last-Modified", at(-1000*time.Hour)), 0, false},
		"max-age":                        {header("Cache-Control", "max-age=60"), time.Minute, true},
		"max-age, quoted":                {header("Cache-Control", `max-age="60"`), time.Minute, true},
		"max-age 0":                      {header("Cache-Control", "max-age=0"), 0, true},
		"s-maxage is for shared caches":  {header("Cache-Control", "s-maxage=600"), 0, false},
		"s-maxage beside max-age":        {header("Cache-Control", "s-maxage=600, max-age=60"), time.Minute, true},
		"two max-age: the shorter":       {header("Cache-Control", "max-age=600", "Cache-Control", "max-age=60"), time.Minute, true},
		"two max-age, the other way":     {header("Cache-Control", "max-age=60, max-age=600"), time.Minute, true},
		"max-age that is no number":      {header("Cache-Control", "max-age=soon"), 0, true},
		"max-age below 0":                {header("Cache-Control", "max-age=-1"), 0, true},
		"max-age of 1.5":                 {header("Cache-Control", "max-age=1.5"), 0, true},
		"max-age without a value":        {header("Cache-Control", "max-age"), 0, true},
		"max-age too large for a number": {header("Cache-Control", "max-age=99999999999999999999"), maxDelta * time.Second, true},
		"Expires":                        {header("Date", at(0), "Expires", at(time.Minute)), time.Minute, true},
		"Expires counts from Date":       {header("Date", at(-time.Minute), "Expires", at(time.Minute)), 2 * time.Minute, true},
		"Expires without Date":           {header("Expires", at(time.Minute)), time.Minute, true},
		"Expires in the past":            {header("Date", at(0), "Expires", at(-time.Minute)), 0, true},
		"Expires: 0":                     {header("Expires", "0"), 0, true},
		"Expires, RFC 850":               {header("Date", at(0), "Expires", "Monday, 30-Nov-26 12:01:00 GMT"), time.Minute, true},
		"Expires, asctime":               {header("Date", at(0), "Expires", "Mon Nov 30 12:01:00 2026"), time.Minute, true},
		"max-age over Expires":           {header("Date", at(0), "Expires", at(time.Hour), "Cache-Control", "max-age=60"), time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Stored{Status: 200, Header: test.header, Asked: noon, Received: noon}
			if got, said := s.lifetime(); got != test.want || said != test.said {
				t.Errorf("lifetime = %v, %v, want %v, %v", got, said, test.want, test.said)
			}
		})
	}
}

// RFC 9111, section 4.2.3: how old a response is.
func TestAge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		took   time.Duration // from the request to the response
		later  time.Duration
		want   time.Duration
	}{
		"just now":                       {header("Date", at(0)), 0, 0, 0},
		"a minute later":                 {header("Date", at(0)), 0, time.Minute, time.Minute},
		"it was old when it came":        {header("Date", at(-time.Hour)), 0, time.Minute, 61 * time.Minute},
		"a date ahead of our clock":      {header("Date", at(time.Hour)), 0, time.Minute, time.Minute},
		"Age":                            {header("Date", at(0), "Age", "120"), 0, 0, 2 * time.Minute},
		"Age, and a slow response":       {header("Date", at(0), "Age", "120"), 10 * time.Second, 0, 130 * time.Second},
		"the larger of Age and Date":     {header("Date", at(-time.Hour), "Age", "120"), 0, 0, time.Hour},
		"Age that is no number":          {header("Date", at(0), "Age", "old"), 0, 0, 0},
		"no Date":                        {header("Age", "5"), 0, time.Minute, 65 * time.Second},
		"a clock that was set back":      {header("Date", at(0)), 0, -time.Hour, 0},
		"Age of a clock that went ahead": {header("Age", "5"), -time.Hour, 0, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Stored{Status: 200, Header: test.header, Asked: noon.Add(-test.took), Received: noon}
			if got := s.age(noon.Add(test.later)); got != test.want {
				t.Errorf("age = %v, want %v", got, test.want)
			}
		})
	}
}

// RFC 9111, sections 4 and 5.2: whether a stored response is used at once, asked for, or not used.
func TestUse(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	asking, forHour := Policy{On: true}, Policy{On: true, For: hour}
	for name, test := range map[string]struct {
		policy   Policy
		request  http.Header
		response http.Header
		later    time.Duration
		want     use
	}{
		"revalidate always asks":                {asking, nil, header("Etag", `"1"`, "Cache-Control", "max-age=9999"), 0, useAfter},
		"revalidate with a date":                {asking, nil, header("Last-Modified", at(-hour)), 0, useAfter},
		"revalidate without a validator":        {asking, nil, header("Cache-Control", "max-age=9999"), 0, useNot},
		"a duration serves what says nothing":   {forHour, nil, nil, 59 * time.Minute, useAtOnce},
		"it ends":                               {forHour, nil, header("Etag", `"1"`), 61 * time.Minute, useAfter},
		"it ends, and nothing can be asked":     {forHour, nil, nil, 61 * time.Minute, useNot},
		"it ends even if the server says more":  {forHour, nil, header("Etag", `"1"`, "Cache-Control", "max-age=99999"), 61 * time.Minute, useAfter},
		"it goes on after max-age":              {forHour, nil, header("Etag", `"1"`, "Cache-Control", "max-age=60"), 30 * time.Minute, useAtOnce},
		"and after Expires":                     {forHour, nil, header("Etag", `"1"`, "Expires", "0"), 30 * time.Minute, useAtOnce},
		"not with must-revalidate":              {forHour, nil, header("Etag", `"1"`, "Cache-Control", "max-age=60, must-revalidate"), 30 * time.Minute, useAfter},
		"must-revalidate while it is fresh":     {forHour, nil, header("Etag", `"1"`, "Cache-Control", "max-age=60, must-revalidate"), 30 * time.Second, useAtOnce},
		"must-revalidate, and Age":              {forHour, nil, header("Etag", `"1"`, "Age", "50", "Cache-Control", "max-age=60, must-revalidate"), 30 * time.Second, useAfter},
		"must-revalidate without a lifetime":    {forHour, nil, header("Etag", `"1"`, "Cache-Control", "must-revalidate"), 0, useAfter},
		"no-cache is always asked for":          {forHour, nil, header("Etag", `"1"`, "Cache-Control", "no-cache, max-age=60"), 0, useAfter},
		"no-cache for a field counts for all":   {forHour, nil, header("Etag", `"1"`, "Cache-Control", `no-cache="x-a"`), 0, useAfter},
		"proxy-revalidate is for shared caches": {forHour, nil, header("Cache-Control", "max-age=60, proxy-revalidate"), 30 * time.Minute, useAtOnce},
		"a request with no-cache":               {forHour, header("Cache-Control", "no-cache"), header("Etag", `"1"`), 0, useAfter},
		"a request with Pragma":                 {forHour, header("Pragma", "no-cache"), header("Etag", `"1"`), 0, useAfter},
		"Pragma beside Cache-Control":           {forHour, header("Pragma", "no-cache", "Cache-Control", "max-age=99"), nil, 0, useAtOnce},
		"a request with max-age":                {forHour, header("Cache-Control", "max-age=60"), header("Etag", `"1"`), 2 * time.Minute, useAfter},
		"a request with max-age, in time":       {forHour, header("Cache-Control", "max-age=60"), header("Etag", `"1"`), time.Minute, useAtOnce},
		"a request with min-fresh":              {forHour, header("Cache-Control", "min-fresh=30"), header("Etag", `"1"`, "Cache-Control", "max-age=60"), 45 * time.Second, useAfter},
		"a request with min-fresh, in time":     {forHour, header("Cache-Control", "min-fresh=30"), header("Etag", `"1"`, "Cache-Control", "max-age=60"), 20 * time.Second, useAtOnce},
		"a clock that was set back":             {forHour, nil, header("Etag", `"1"`), -time.Second, useAfter},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Stored{Status: 200, Header: test.response, Asked: noon, Received: noon}
			if got := test.policy.use(&s, "GET", test.request, noon.Add(test.later)); got != test.want {
				t.Errorf("use = %v, want %v", got, test.want)
			}
		})
	}
}

// What is stored for as long as the server says is not kept for the user's duration.
func TestUseOfErrors(t *testing.T) {
	t.Parallel()
	p := Policy{On: true, For: time.Hour}
	s := Stored{Status: 404, Header: header("Cache-Control", "max-age=60"), Asked: noon, Received: noon}
	if got := p.use(&s, "GET", nil, noon.Add(30*time.Second)); got != useAtOnce {
		t.Errorf("fresh: %v", got)
	}
	if got := p.use(&s, "GET", nil, noon.Add(90*time.Second)); got != useNot {
		t.Errorf("stale: %v", got)
	}
	s = Stored{Status: 200, Asked: noon, Received: noon, HeadOnly: true}
	if got := p.use(&s, "GET", nil, noon); got != useNot {
		t.Errorf("GET of a response to HEAD: %v", got)
	}
	if got := p.use(&s, "HEAD", nil, noon); got != useAtOnce {
		t.Errorf("HEAD of a response to HEAD: %v", got)
	}
}

// RFC 9111, section 3.2: what a 304 changes of what is stored.
func TestUpdate(t *testing.T) {
	t.Parallel()
	stored := Stored{Status: 200, Asked: noon, Received: noon, Header: header(
		"Date", at(0), "Etag", `"1"`, "Cache-Control", "max-age=60", "Age", "50", "Content-Type", "text/plain",
		"Content-Length", "5", "X-Left", "10", "X-Old", "stays",
	)}
	later := noon.Add(time.Hour)
	got := Update(stored, &http.Response{StatusCode: 304, Header: header(
		"Date", at(time.Hour), "Cache-Control", "max-age=600", "Content-Type", "text/html", "Content-Length", "0",
		"Content-Encoding", "gzip", "X-Left", "9", "X-New", "comes", "Set-Cookie", "a=b", "Connection", "X-Hop", "X-Hop", "1",
	)}, later, later)
	want := Stored{Status: 200, Asked: later, Received: later, Header: header(
		"Date", at(time.Hour), "Etag", `"1"`, "Cache-Control", "max-age=600", "Content-Type", "text/plain",
		"Content-Length", "5", "X-Left", "9", "X-Old", "stays", "X-New", "comes",
	)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if stored.Header.Get("X-Left") != "10" {
		t.Error("the old header was changed")
	}
}

// RFC 9111, section 3.1: what is left out.
func TestStoredHeader(t *testing.T) {
	t.Parallel()
	got := storedHeader(&http.Response{Uncompressed: true, Header: header(
		"Content-Type", "a/b", "Content-Encoding", "gzip", "Content-Length", "3", "Set-Cookie", "session=secret",
		"Connection", "close, X-Hop", "X-Hop", "1", "Keep-Alive", "1", "Transfer-Encoding", "chunked",
		"Proxy-Authenticate", "x", "Etag", `"1"`,
	)})
	if diff := cmp.Diff(header("Content-Type", "a/b", "Etag", `"1"`), got); diff != "" {
		t.Error(diff)
	}
}

// RFC 9111, section 4.1: which requests one response is for.
func TestVariant(t *testing.T) {
	t.Parallel()
	accept := []string{"Accept"}
	for name, test := range map[string]struct {
		vary []string
		a, b http.Header
		same bool
	}{
		"the same value":               {accept, header("Accept", "a"), header("Accept", "a"), true},
		"another value":                {accept, header("Accept", "a"), header("Accept", "b"), false},
		"absent and there":             {accept, nil, header("Accept", "b"), false},
		"absent twice":                 {accept, nil, nil, true},
		"white space":                  {accept, header("Accept", "a,  b"), header("Accept", "a, b "), true},
		"one line or two":              {accept, header("Accept", "a, b"), header("Accept", "a", "Accept", "b"), true},
		"another field":                {accept, header("Accept", "a", "X", "1"), header("Accept", "a", "X", "2"), true},
		"Authorization is the key's":   {[]string{"Authorization"}, header("Authorization", "a"), header("Authorization", "b"), true},
		"the order of fields":          {[]string{"B", "A"}, header("A", "1", "B", "2"), header("B", "2", "A", "1"), true},
		"a value in the other's place": {[]string{"A", "B"}, header("A", "1"), header("B", "1"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := variant(test.vary, test.a) == variant(test.vary, test.b); got != test.same {
				t.Errorf("one variant: %v, want %v", got, test.same)
			}
		})
	}
}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Policy{
		"off": {}, "revalidate": {On: true}, "1h": {On: true, For: time.Hour}, "0s": {On: true},
	} {
		if got, err := ParsePolicy(s, time.ParseDuration); got != want || err != nil {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "on", "-1h", "always"} {
		if got, err := ParsePolicy(s, time.ParseDuration); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}
