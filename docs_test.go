package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// yamlBlocks returns the documents of a page's YAML, those of one block after the other.
func yamlBlocks(t *testing.T, page string) (documents []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```\n")
		for document := range strings.SplitSeq(block, "\n---\n") {
			var into map[string]any
			if err := yaml.Unmarshal([]byte(document), &into); err != nil {
				t.Fatalf("%s: %v\n%s", page, err, document)
			}
			documents = append(documents, into)
		}
	}
	return documents
}

// within returns what is found in YAML by names and numbers.
func within(t *testing.T, document any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch at := document.(type) {
		case map[string]any:
			document = at[step.(string)]
		case []any:
			document = at[step.(int)]
		}
		if document == nil {
			t.Fatalf("nothing at %v of %v", step, path)
		}
	}
	return document
}

// A figure is in one page, beside the command that measures it again: what is copied is soon another.
func TestFiguresOnce(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	command := regexp.MustCompile(`(?:\./bench/run|make [a-z]+-docs)(?: -?[a-z]+)*`)
	where := make(map[string]string)
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range command.FindAllString(string(text), -1) {
			if other, ok := where[found]; ok && other != page {
				t.Errorf("%s is in %s and in %s", found, other, page)
			}
			where[found] = page
		}
	}
	if len(where) < 5 {
		t.Errorf("found only %v", where)
	}
	if page, ok := where["./bench/run fleet"]; ok && page != "docs/scaling.md" {
		t.Errorf("what `make scaling-docs` writes into docs/scaling.md is in %s as well", page)
	}
}

// A docsRun runs the shell of a page against a server in place of the API it names.
type docsRun struct {
	t           *testing.T
	dir         string
	environment []string
}

func newDocsRun(t *testing.T, api string) *docsRun {
	t.Helper()
	for _, needed := range []string{"sh", "jq"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	t.Cleanup(server.Close)
	r := &docsRun{t: t, dir: t.TempDir()}
	config := fmt.Sprintf("apis: {%s: {base_url: %q, initial_rate: 1000, max_rate: null, limits: null}}\n", api, server.URL)
	r.write("config/config.yaml", config)
	r.environment = append(os.Environ(), "HOME="+r.dir, "ARL_CONFIG_DIR="+filepath.Join(r.dir, "config"), "XDG_STATE_HOME=", "NOTION_TOKEN=x")
	return r
}

func (r *docsRun) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *docsRun) sh(script string) {
	r.t.Helper()
	c := exec.CommandContext(r.t.Context(), "sh", "-e", "-c", script)
	c.Dir, c.Env = r.dir, r.environment
	if out, err := c.CombinedOutput(); err != nil {
		r.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
}

// What docs/scaling.md shows of a split batch does what it says: as pods of a Job, and as a matrix in CI.
func TestScalingDocs(t *testing.T) {
	t.Parallel()
	var records strings.Builder
	for i := range 300 {
		fmt.Fprintf(&records, `{"id":%d,"method":"POST","path":"/pages/%d"}`+"\n", i, i)
	}
	blocks := yamlBlocks(t, "docs/scaling.md")
	job, matrix := blocks[2], blocks[3]
	run := newDocsRun(t, "notion")
	run.write("tickets.ndjson", records.String())
	together := within(t, matrix, "jobs", "together", "steps", 1, "run").(string)

	pods := within(t, job, "spec", "completions").(int)
	container := within(t, job, "spec", "template", "spec", "containers", 0).(map[string]any)
	if image := container["image"]; container["command"] != nil || !strings.HasPrefix(fmt.Sprint(image), "ghcr.io/arl-cli/arl:") {
		t.Errorf("the Job runs %v in %v, want the entry point of arl's own image", container["command"], image)
	}
	for index := range pods {
		run.sh(podCommand(container["args"].([]any), index))
	}
	run.sh(together + "\ntest $(sort -u out.ndjson | wc -l) = 300\nrm out* sum*")

	send := within(t, matrix, "jobs", "send")
	step := within(t, send, "steps", 1, "run").(string)
	for _, shard := range within(t, send, "strategy", "matrix", "shard").([]any) {
		run.sh(strings.ReplaceAll(step, "${{ matrix.shard }}", fmt.Sprint(shard)))
	}
	run.sh(together + "\ntest $(sort -u out.ndjson | wc -l) = 300")
	run.sh("rm sum-2.json\n! (" + strings.Split(together, "cat out-")[0] + ")")
}

// podCommand is what a pod runs: $(NAME) is Kubernetes' own, nothing is the shell's.
func podCommand(args []any, index int) string {
	line := "arl"
	for _, arg := range args {
		text := strings.NewReplacer("$(JOB_COMPLETION_INDEX)", strconv.Itoa(index), "/data/", "").Replace(arg.(string))
		line += " '" + text + "'"
	}
	return line
}
