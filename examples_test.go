package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// The examples run, and end with what was learned. They use apis.ClientFor and the limiter as a
// stranger's program would, so each is a process of its own with an empty home.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"client": "\nexample: ", "library": "200 requests in "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.CommandContext(t.Context(), "go", "run", "./examples/"+name)
			home := t.TempDir()
			c.Env = append(os.Environ(), "ARL_CONFIG_DIR="+home, "ARL_RUNTIME_DIR="+home+"/live")
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("go run ./examples/%s = %v, want %q in:\n%s", name, err, want, out)
			}
			if name != "client" {
				return
			}
			if _, err := os.Stat(home + "/rates.yaml"); err != nil {
				t.Errorf("what was learned was not remembered: %v", err)
			}
		})
	}
}

// exampleTest is a script of examples/, run by try.sh: what it says, and what its sandbox counted.
type exampleTest struct {
	name  string
	tools []string // beside bash and jq
	want  []string // regexps, of stdout and stderr
	again []string // of a second run in the same directory; nil: there is none
}

func exampleTests() []exampleTest {
	return []exampleTest{
		{"notion", nil, []string{`^8\t250 blocks$`, `read 8 = 8 ok`, `: 27 requests, 27 accepted`}, []string{`read 8 = 8 done before`, `: 0 requests`}},
		{"vanta", nil, []string{`^250\tItem 250$`, `: 5 requests, 5 accepted`}, nil}, // 3 pages, another list, and one token for both
		{"fieldguide", nil, []string{`^250\tItem 250$`, `^fieldguide@`, `, 6 accepted`}, nil},
		{"airtable", nil, []string{`^appSecond\t250\tRow 250$`, `^airtable/appFirst@`, `^airtable/appSecond@`, `, 6 accepted`}, []string{`: 0 requests`}},
		{"zapier", nil, []string{`^6\tsent$`, `: 6 requests, 6 accepted`}, []string{`^6\tsent$`, `: 0 requests`}},
		{"slack", nil, []string{`^4\tposted [0-9.]+$`, `read 4 = 4 ok`, `, 7 accepted`}, []string{`read 4 = 4 done before`, `: 3 requests`}},
		{"github", nil, []string{`^250\tIssue 250$`, `^[1-8]\t0\t[2-9] attempt`, `throttled with HTTP 403`, `read 8 = 8 ok`, `, 11 accepted, [1-9]`}, nil},
		{
			"openai", nil,
			[]string{`^3\tok$`, `^4\tinsufficient_quota$`, `^unfinished: pay`, `: 4 requests, 3 accepted, 1 throttled`},
			[]string{`^3\tok$`, `^6\tok$`, `^7\tinsufficient_quota$`, `: 4 requests, 3 accepted, 1 throttled`},
		},
		{"shopify", nil, []string{`^250\tproducts$`, `read 40 = 40 ok`, `^40 mutations took [0-9]+ points each$`, `shopify/graphql.* cost`}, nil},
		{"graphql", nil, []string{`^cli/cli\t250\t1$`, `read 4 = 4 ok`, `nosuch`, `^exit 22$`}, nil},
		{"backoff", nil, []string{`^legacy\t10 ok\t[1-9]`, `^drive\t10 ok\t[1-9]`, `^tracker\t10 ok\t[1-9]`, `HTTP 420 .*\(the response names no time\)`, `HTTP 403`, `HTTP 400 .*pause 1\.0s`}, nil},
		{"metrics", []string{"curl"}, []string{
			`^sandbox: [0-9]+ attempts, [0-9]+ throttled$`, `^  answered in [0-9]+ ms, 95 % in [0-9]+ ms$`, `^  waited `,
			`^arl_proxy_requests_total\{api="sandbox",code="200"\} 10$`, `, 70 accepted`,
		}, nil},
		{"csv", nil, []string{
			`^60 records = 58 to send \+ 2 that cannot be sent$`, `^the first record: \{"id":"1","method":"PATCH","path":"/users/1"`,
			`^arl: 2 failed: input x2 \(first: line 5, "'id' is empty, `, `--resume$`,
			`read 60 = 58 done before \+ 2 ok \+ 0 failed`, `^id,status$`, `^1,200$`, `^60 rows, 60 of them are done$`, `: 60 requests`,
		}, nil},
		{
			"llm", nil,
			[]string{
				`^ +40 +openai +POST +openai/gpt-5-mini@[0-9a-f]+ `, `^ +[0-9,]+ +openai/gpt-5-mini@[0-9a-f]+ tokens `, `^arl: [0-9,]+ of 2,000,000 tokens \(estimated [0-9,]+\)$`,
				`read 40 = 40 ok`, `^40 answers in answers.jsonl, the first: \{"id":[0-9]+,"text":".*","tokens":[0-9]+\}$`, `^openai/gpt-5-mini@[0-9a-f]+ tokens `, `: 40 requests, 40 accepted`,
			},
			[]string{`read 40 = 40 done before`, `^40 answers`, `: 0 requests`},
		},
		{"pipeline", nil, []string{`^60\t/items/60\t[0-9]+ attempt`, `read 60 = 60 ok`}, nil},
		{"compliance", nil, []string{`^people +250 items$`, `^proof.ndjson: ok: 3 records, 9 exchanges, 1 output, 3 response files, 1 input$`}, []string{`read 3 = 3 done before`, `^proof.ndjson: ok: 3 records, `}},
		{"agent", []string{"seq"}, []string{`"path":"/items/1"`, `"kind":"unfinished".*"exit_code":3`, `"kind":"usage","message":".*not sent: DELETE may change something`, `^exit 2$`}, nil},
		{"gh", []string{"xargs"}, []string{`^api /repos/cli/cli --jq .full_name$`, `^api /repos/junegunn/fzf `, `^sandbox .* 8 `}, nil},
		{"proxy", []string{"python3"}, []string{`^40 pages, none throttled$`, `, 40 accepted`}, nil},
	}
}

func TestExampleScripts(t *testing.T) {
	t.Parallel()
	for _, tt := range exampleTests() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			arltest.NeedTools(t, append(tt.tools, "bash", "jq")...)
			dir := t.TempDir()
			said := runExampleScript(t, tt.name, 0, "TRY_IN="+dir)
			saidAll(t, said, tt.want)
			if tt.again != nil {
				saidAll(t, runExampleScript(t, tt.name, 0, "TRY_IN="+dir), tt.again)
			}
		})
	}
}

// The keyring is a file here, see arltest.Main; without one the example says what to do instead.
func TestExampleKeyring(t *testing.T) {
	t.Parallel()
	arltest.NeedTools(t, "bash", "jq")
	kept := filepath.Join(t.TempDir(), "keyring")
	said := runExampleScript(t, "keyring", 0, "TEST_KEYRING="+kept)
	saidAll(t, said, []string{`kept in the system keyring: keyring-example$`, `^keyring-example +bearer +keyring`, `"path":"/v1/users/me"`, `, 1 accepted`})
	if text, err := os.ReadFile(kept); err != nil || len(text) > 0 {
		t.Errorf("left in the keyring: %q, %v", text, err)
	}
	if runtime.GOOS == "linux" { // elsewhere there always is one
		saidAll(t, runExampleScript(t, "keyring", 1), []string{`the system keyring cannot be used`, `^There is no keyring here`, `: 0 requests`})
	}
}

// runExampleScript runs an example against a sandbox, in an empty home, and returns all it says.
func runExampleScript(t *testing.T, name string, code int, environment ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "examples/try.sh", name)
	c.Env = append(append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=",
		"GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE")), environment...)
	out, _ := c.CombinedOutput() // what it ends with is looked at
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("examples/try.sh %s ends with %d, want %d:\n%s", name, got, code, out)
	}
	for _, secret := range []string{"example-token", "example-secret", "/hooks/catch"} {
		if strings.Contains(string(out), secret) {
			t.Errorf("examples/try.sh %s shows %s:\n%s", name, secret, out)
		}
	}
	return string(out)
}

// saidAll looks for regexps.
func saidAll(t *testing.T, said string, want []string) {
	t.Helper()
	for _, expr := range want {
		if !regexp.MustCompile("(?m)" + expr).MatchString(said) {
			t.Errorf("want %q in:\n%s", expr, said)
		}
	}
}

// Every example is tested, and has its line in the list.
func TestExamplesListed(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{"client": true, "library": true, "keyring": true, "try": true}
	for _, tt := range exampleTests() {
		tested[tt.name] = true
	}
	files, err := filepath.Glob("examples/*")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		base := filepath.Base(file)
		if name := strings.TrimSuffix(base, filepath.Ext(base)); base != "README.md" && !tested[name] {
			t.Errorf("%s has no test", file)
		}
		if base != "README.md" && !strings.Contains(string(list), "]("+base+")") {
			t.Errorf("%s is not in examples/README.md", file)
		}
	}
}
