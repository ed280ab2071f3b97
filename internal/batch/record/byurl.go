package record

import (
	"errors"
	"strings"
)

// A Target is where the request of a record goes that names no api but a URL.
type Target struct {
	API    string // the name of the profile that has the URL, or of its host
	Origin string // scheme, host and port, where no profile has the URL; else empty
}

// readURL reads a URL. What it leads to is for [Config.Find] to judge.
func readURL(r *Request, value []byte) (err error) {
	if r.Path, err = readString("url", value); err != nil {
		return err
	}
	if r.ByURL = true; !isURL(r.Path) {
		r.Path = "" // nor does its result repeat it
		return errors.New(`"url" must be an absolute URL such as https://host/path`)
	}
	return r.checkPath()
}

// whole makes a path that is a URL by itself one, where records name no api. err is that of reading the path.
func (p *parser) whole(r *Request, err error) error {
	r.ByURL = err == nil && p.api == "" && isURL(r.Path)
	return err
}

// resolve finds out where the request of a URL goes. The request's hash does not depend on it: a profile may be added
// before the run is resumed.
func (p *parser) resolve(r *Request) error {
	if r.API != "" {
		return nil
	}
	if p.find == nil {
		return errors.New("a record can have a URL only in a run with - as the API")
	}
	target, err := p.find(r.Path)
	if err != nil {
		r.Path = withoutUser(r.Path) // its result repeats it
	}
	r.API, r.Origin = target.API, target.Origin
	return err
}

// withoutUser takes the user name and the password out of a URL, well-formed or not.
func withoutUser(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		rest = "[redacted]" + rest[at:]
	}
	return scheme + "://" + rest
}

// isURL reports whether a text begins with a scheme and "://".
func isURL(s string) bool {
	scheme, _, found := strings.Cut(s, "://")
	for _, c := range []byte(scheme) {
		letter, digit := 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9'
		if !letter && !digit && !strings.ContainsRune("+-.", rune(c)) {
			return false
		}
	}
	return found && scheme != ""
}
