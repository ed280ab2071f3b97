package cli

import (
	"strings"
	"unicode/utf8"
)

// HelpWidth is how wide help is where no terminal says otherwise.
const HelpWidth = 80

// FillText wraps paragraphs. Lines that are indented stay as they are.
func FillText(text string, width int) string {
	var out, paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			out = append(out, FoldText(strings.Join(paragraph, " "), width)...)
		}
		paragraph = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			end()
			out = append(out, line)
		} else {
			paragraph = append(paragraph, line)
		}
	}
	end()
	return strings.Join(out, "\n")
}

// FoldUsage folds what is said of flags and commands: lines of a name, a gap and a text, which goes on below
// itself. Other lines stay as they are: examples are there to be pasted.
func FoldUsage(usage string, width int) string {
	var out strings.Builder
	for line := range strings.Lines(usage) {
		line = strings.TrimSuffix(line, "\n")
		if column := textColumn(line); utf8.RuneCountInString(line) > width && column > 0 && column < width-20 {
			line = line[:column] + strings.Join(FoldText(line[column:], width-column), "\n"+strings.Repeat(" ", column))
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// textColumn is where the text of a line begins that has a name and a gap before it; 0 if it has none.
func textColumn(line string) int {
	start := len(line) - len(strings.TrimLeft(line, " "))
	gap := strings.Index(line[start:], "  ")
	if start == 0 || gap < 0 {
		return 0
	}
	rest := line[start+gap:]
	return len(line) - len(strings.TrimLeft(rest, " "))
}

// FoldText folds a text at spaces.
func FoldText(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
