package manpage_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/manpage"
)

func page() *manpage.Page {
	return &manpage.Page{
		Name: "arl-get", Section: "1", Short: "Fetch a path",
		Sections: []manpage.Section{
			{Title: "DESCRIPTION", Text: "A text\nof two lines.\n\n.not a request\n'nor this\n\n  {\"a\":  1}\n\n  b\n\nThe end."},
			{Title: "OPTIONS", Items: []manpage.Item{{"-d, --data DATA", `sends 'it' \n`}}},
			{Title: "EXAMPLES", Code: "arl get a /~b --jq '.[]^`'"},
		},
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	want := `.TH "ARL\-GET" "1" "" "arl" "arl manual"
.nh
.ad l
.SH NAME
arl\-get \- Fetch a path
.SH "DESCRIPTION"
A text
of two lines.
.PP
\&.not a request
\(aqnor this
.PP
.nf
  {"a":  1}

  b
.fi
.PP
The end.
.SH "OPTIONS"
.TP
\fB\-d, \-\-data DATA\fR
sends \(aqit\(aq \en
.SH "EXAMPLES"
.PP
.nf
arl get a /\(tib \-\-jq \(aq.[]\(ha\(ga\(aq
.fi
`
	if diff := cmp.Diff(want, page().String()); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if got := page().File(); got != "arl-get.1" {
		t.Errorf("File = %s", got)
	}
}

// What man shows can be pasted.
func TestPageShown(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip(err)
	}
	c := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-P-c", "-ww")
	c.Stdin = strings.NewReader(page().String())
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "arl get a /~b --jq '.[]^`'\n") || strings.Contains(string(out), "warning") {
		t.Errorf("groff: %v\n%s", err, out)
	}
}
