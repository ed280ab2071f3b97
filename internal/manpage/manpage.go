// Package manpage writes manual pages in the format of man(7).
package manpage

import "strings"

// A Page is one manual page.
type Page struct {
	Name     string // such as arl-get
	Section  string // 1 for commands, 7 for everything else
	Short    string
	Sections []Section
}

// A Section has a heading and what stands below it.
type Section struct {
	Title string
	Text  string // lines that are indented stay as they are, others are filled
	Code  string // lines to be pasted, after the text
	Items []Item
}

// An Item is a term with what it means.
type Item struct{ Term, Text string }

// File is the name of the page's file.
func (p *Page) File() string { return p.Name + "." + p.Section }

// String is the page in roff. It tells neither date nor version, so that it changes only with what it
// says.
func (p *Page) String() string {
	var b strings.Builder
	b.WriteString(".TH " + quoted(strings.ToUpper(p.Name)) + " " + quoted(p.Section) + ` "" "arl" "arl manual"` + "\n")
	b.WriteString(".nh\n.ad l\n.SH NAME\n" + escaped(p.Name) + ` \- ` + escaped(p.Short) + "\n")
	for _, s := range p.Sections {
		b.WriteString(".SH " + quoted(s.Title) + "\n")
		if s.Text != "" {
			text(&b, s.Text)
		}
		if s.Code != "" {
			code(&b, strings.Split(s.Code, "\n"))
		}
		for _, item := range s.Items {
			b.WriteString(".TP\n\\fB" + escaped(item.Term) + "\\fR\n" + line(item.Text) + "\n")
		}
	}
	return b.String()
}

// text writes paragraphs, and between them indented lines as they are.
func text(b *strings.Builder, s string) {
	var kept []string // indented lines, with the blank ones among them
	gap := false
	end := func() {
		if len(kept) > 0 {
			code(b, strings.Split(strings.TrimRight(strings.Join(kept, "\n"), "\n"), "\n"))
			kept, gap = nil, true
		}
	}
	for l := range strings.SplitSeq(s, "\n") {
		switch {
		case strings.HasPrefix(l, "  "), l == "" && len(kept) > 0:
			kept = append(kept, l)
		case l == "":
			gap = true
		default:
			end()
			if gap {
				b.WriteString(".PP\n")
			}
			gap = false
			b.WriteString(line(l) + "\n")
		}
	}
	end()
}

// code writes lines as they are.
func code(b *strings.Builder, lines []string) {
	b.WriteString(".PP\n.nf\n")
	for _, l := range lines {
		b.WriteString(line(l) + "\n")
	}
	b.WriteString(".fi\n")
}

// line escapes a line of text, which must not begin as a request does.
func line(s string) string {
	s = escaped(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}

// escaped escapes what roff would take for its own, or turn into another character that a shell would
// not understand.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}

// quoted is an argument of a request.
func quoted(s string) string { return `"` + strings.ReplaceAll(escaped(s), `"`, `\(dq`) + `"` }
