package send

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/config"
)

func inPages(p *config.Profile) {
	p.Pagination = &config.Pagination{Style: config.PageCursor, Send: config.PageField{Query: "c", Body: "c"}, Next: ".next", Items: ".rows"}
}

// threePages answers page after page.
func threePages(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var sent struct{ C string }
	_ = json.Unmarshal(body, &sent)
	page := len(r.URL.Query().Get("c") + sent.C)
	next := "null"
	if page < 2 {
		next = `"` + strings.Repeat("x", page+1) + `"`
	}
	fmt.Fprintf(w, `{"rows":[%d, 1.0],"next":%s}`, page, next)
}

// Every page of a POST is noted before it is sent, and settled when it is kept.
func TestPagesAreNoted(t *testing.T) {
	t.Parallel()
	d := &diary{}
	s := senderTo(http.HandlerFunc(threePages), d, inPages)
	s.Lists = pages.Beside(filepath.Join(t.TempDir(), "out"))
	_, out, err := run(t, s, nil, `{"path":"/q","json":{"a":1},"all":true}`, `{"path":"/list","all":true}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"note /q", "settle /q", "note /q", "settle /q", "note /q", "settle /q"}
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if strings.Count(out, `"json":[0,1.0,1,1.0,2,1.0],"pages":3,"items":6,"attempts":3`) != 2 {
		t.Error(out)
	}
}

// Every page has an idempotency key of its own, the same for each of its attempts.
func TestPagesHaveKeys(t *testing.T) {
	t.Parallel()
	var keys []string
	s := senderTo(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Key"))
		if len(keys)%2 == 1 {
			http.Error(w, "once more", http.StatusInternalServerError)
			return
		}
		threePages(w, r)
	}), nil, func(p *config.Profile) {
		inPages(p)
		p.IdempotencyHeader = "Key"
	})
	s.Lists = pages.Beside(filepath.Join(t.TempDir(), "out"))
	sum, out, err := run(t, s, nil, `{"path":"/q","json":{"a":1},"all":true}`)
	if err != nil || sum.OK != 1 || len(keys) != 6 {
		t.Fatal(err, out, keys)
	}
	for i, key := range keys {
		for j, other := range keys {
			if same := i/2 == j/2; key == "" || (key == other) != same {
				t.Errorf("keys %q", keys)
			}
		}
	}
}

// A list that is taken for endless keeps what came of it, and another run goes on behind that.
func TestEndlessList(t *testing.T) {
	t.Parallel()
	s := senderTo(http.HandlerFunc(threePages), nil, inPages)
	s.PageBound, s.Lists = 2, pages.Beside(filepath.Join(t.TempDir(), "out"))
	const record = `{"path":"/q","all":true}`
	sum, out, err := run(t, s, nil, record)
	if err != nil || sum.Failed != 1 || !strings.Contains(out, `page 3: the list has more than 2 pages`) {
		t.Fatalf("%v, %+v, %s", err, sum, out)
	}
	again := senderTo(http.HandlerFunc(threePages), nil, inPages) // a sender is of one run
	again.PageBound, again.Lists = s.PageBound, s.Lists
	sum, out, err = run(t, again, nil, record)
	if err != nil || sum.OK != 1 || !strings.Contains(out, `"json":[0,1.0,1,1.0,2,1.0],"pages":3,"items":6,"attempts":1`) {
		t.Errorf("%v, %+v, %s", err, sum, out)
	}
}

// A page that is larger than memory allows is an error of its record.
func TestPageTooLarge(t *testing.T) {
	t.Parallel()
	s := senderTo(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"rows":["%s"]}`, strings.Repeat("x", 200<<20))
	}), nil, inPages)
	sum, out, err := run(t, s, nil, `{"path":"/q","all":true}`)
	if err != nil || sum.Failed != 1 || !strings.Contains(out, "too large for --max-memory") {
		t.Errorf("%v, %+v, %.500s", err, sum, out)
	}
}
