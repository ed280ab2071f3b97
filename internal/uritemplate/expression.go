package uritemplate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrefix bounds {name:N} (RFC 6570, section 2.4.1).
const maxPrefix = 9999

// parseExpression reads what is between braces.
func parseExpression(text string) (*expression, error) {
	e := &expression{operator: operator{sep: ","}}
	if text == "" {
		e.vars = []variable{{}}
		return e, nil
	}
	if op, ok := operatorOf(text[0]); ok {
		e.operator, text = op, text[1:]
	}
	if text == "" && e.named {
		return nil, errors.New("a name is missing")
	}
	for spec := range strings.SplitSeq(text, ",") {
		v, err := parseVariable(spec)
		if err != nil {
			return nil, err
		}
		if v.name == "" && (e.named || spec != text) {
			return nil, errors.New("a name is missing")
		}
		e.vars = append(e.vars, v)
	}
	return e, nil
}

// parseVariable reads a name with its modifier: name, name:3 or name*.
func parseVariable(spec string) (variable, error) {
	v := variable{name: spec}
	if name, ok := strings.CutSuffix(spec, "*"); ok {
		v.name, v.explode = name, true
	} else if name, digits, ok := strings.Cut(spec, ":"); ok {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > maxPrefix || digits[0] == '+' || digits[0] == '0' {
			return v, fmt.Errorf("a colon must be followed by a number from 1 to %d", maxPrefix)
		}
		v.name, v.prefix = name, n
	}
	return v, checkName(v.name)
}

// checkName rejects what would be something else in the RFC, now or later, or is not meant as a name.
func checkName(name string) error {
	if name == "" {
		return nil
	}
	if !utf8.ValidString(name) {
		return errors.New("a name is not valid UTF-8")
	}
	if strings.ContainsRune(`=,!@|+#./;?&$`, rune(name[0])) {
		return fmt.Errorf("no name begins with %q", name[0])
	}
	if strings.TrimSpace(name) != name {
		return errors.New("white space around a name")
	}
	for _, c := range name {
		if unicode.IsControl(c) || strings.ContainsRune(`{}"*:|=\`, c) {
			return fmt.Errorf("no name contains %q", c)
		}
	}
	return nil
}
