package record

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/rawjson"
)

func readAPI(r *Request, value []byte) error {
	name, err := readString("api", value)
	if err == nil && name == "" {
		err = errors.New(`"api" is empty`)
	}
	r.API = name
	return err
}

// readAll reads whether all pages are asked for.
func (p *parser) readAll(r *Request, value []byte) error {
	text := string(value)
	if text != "true" && text != "false" {
		return errors.New(`"all" is neither true nor false`)
	}
	r.All, p.allGiven = text == "true", true
	return nil
}

func readPath(r *Request, value []byte) (err error) {
	if r.Path, err = readString("path", value); err != nil {
		return err
	}
	return r.checkPath()
}

// maxPath is how long a path may be, in bytes: curl's bound for URLs.
const maxPath = 8_000_000

// checkPath rejects what is no path in any sense. What a path leads to is for the sender to judge.
func (r *Request) checkPath() error {
	path := r.Path
	switch {
	case path == "":
		return errors.New(`"path" is empty`)
	case len(path) > maxPath:
		r.Path = "" // nor does its result repeat it
		return fmt.Errorf(`"path" is longer than %d bytes`, maxPath)
	}
	for i := range len(path) {
		if c := path[i]; c < ' ' || c == 0x7f {
			return errors.New(`"path" contains a control character`)
		}
	}
	if path[0] == '#' {
		return errors.New(`"path" is only a fragment, which is not sent`)
	}
	return requestLine(path)
}

// readMethod takes the methods of HTTP in any case, and others as they are.
func readMethod(r *Request, value []byte) error {
	method, err := readString("method", value)
	if err != nil {
		return err
	}
	if err := httpcheck.CheckMethod(method); err != nil {
		return err
	}
	r.Method = method
	switch upper := strings.ToUpper(method); upper {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		r.Method = upper
	}
	return nil
}

func readQuery(r *Request, value []byte) error {
	return readPairs("query", value, func(name, value string) error {
		if r.Query == nil {
			r.Query = url.Values{}
		}
		r.Query[name] = append(r.Query[name], value)
		return nil
	})
}

func readHeaders(r *Request, value []byte) error {
	return readPairs("headers", value, func(name, value string) error {
		if err := httpcheck.CheckHeader(name, value); err != nil {
			return err
		}
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Add(name, value)
		return nil
	})
}

// readPairs reads an object of texts, or of arrays of them.
func readPairs(field string, value []byte, add func(name, value string) error) error {
	if value[0] != '{' {
		return fmt.Errorf("%q is not an object", field)
	}
	for quoted, value := range rawjson.Members(value) {
		name, err := rawjson.Unquote(quoted)
		if err != nil {
			return err
		}
		for one := range rawjson.Elements(value) {
			text, err := readText(one)
			if err != nil {
				return fmt.Errorf("%q: %.40q %w", field, name, err)
			}
			if err := add(string(name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

// readText returns a string, a number as written, or a boolean.
func readText(value []byte) (string, error) {
	switch value[0] {
	case '"':
		text, err := rawjson.Unquote(value)
		return string(text), err
	case '{', '[', 'n':
		return "", errors.New("is not a string, a number, a boolean or an array of these")
	}
	return string(value), nil
}

func readString(field string, value []byte) (string, error) {
	text, err := readBytes(field, value)
	return string(text), err
}

// readBytes decodes a string where it stands.
func readBytes(field string, value []byte) ([]byte, error) {
	if value[0] != '"' {
		return nil, fmt.Errorf("%q is not a string", field)
	}
	return rawjson.Unquote(value)
}
