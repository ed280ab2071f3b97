package redisstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// An Address says where a Redis is and how to log in to it.
type Address struct {
	Host     string // host:port, or the path of a socket
	Socket   bool   // Host is a path
	TLS      bool
	CA       string // a PEM file with the authorities to trust; empty means the system's
	User     string
	Password string
	Database int
	Prefix   string // of every key; empty means "arl:"
}

const (
	defaultPort   = "6379"
	defaultPrefix = "arl:"
)

// Parse reads an address:
//
//	redis://[user[:password]@]host[:port][/database][?prefix=arl:]
//	rediss://...[?ca=FILE]        TLS
//	unix://[user[:password]@]/path/of/socket[?db=0]
//
// Its errors never repeat what stands there: it may be a password.
func Parse(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, errors.New("not a URL such as redis://host:6379/0 (a password must be percent-encoded)")
	}
	a := Address{Host: u.Host, User: u.User.Username(), Prefix: defaultPrefix}
	a.Password, _ = u.User.Password()
	switch u.Scheme {
	case "redis", "rediss":
		a.TLS = u.Scheme == "rediss"
		err = a.tcp(u)
	case "unix":
		a.Host, a.Socket = u.Path, true
		if u.Host != "" || u.Path == "" {
			err = errors.New("unix:// needs the path of a socket, as in unix:///run/redis.sock")
		}
	default:
		err = errors.New("the scheme must be redis://, rediss:// or unix://")
	}
	if err == nil {
		err = a.options(u)
	}
	return a, err
}

func (a *Address) tcp(u *url.URL) error {
	if u.Hostname() == "" {
		return errors.New("the host is missing")
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	a.Host = net.JoinHostPort(u.Hostname(), port)
	if db := strings.Trim(u.Path, "/"); db != "" {
		return a.database(db)
	}
	return nil
}

func (a *Address) database(text string) error {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return errors.New("the database must be a number, as in redis://host/0")
	}
	a.Database = int(n)
	return nil
}

func (a *Address) options(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" {
		return errors.New("malformed query after the ?")
	}
	for name, values := range query {
		value := values[len(values)-1]
		switch {
		case name == "prefix" && value != "":
			a.Prefix = value
		case name == "ca" && a.TLS:
			a.CA = value
		case name == "db" && a.Socket:
			if err := a.database(value); err != nil {
				return err
			}
		default:
			return errors.New("unknown parameter after the ?; use prefix=, ca= (rediss) or db= (unix)")
		}
	}
	return nil
}

// String is the address without its password.
func (a Address) String() string {
	u := url.URL{Scheme: "redis", Host: a.Host, Path: "/" + strconv.Itoa(a.Database)}
	switch {
	case a.Socket:
		u = url.URL{Scheme: "unix", Path: a.Host}
	case a.TLS:
		u.Scheme = "rediss"
	}
	if a.User != "" {
		u.User = url.User(a.User)
	}
	return u.String()
}

// tls is how to encrypt; nil means not at all.
func (a Address) tls() (*tls.Config, error) {
	if !a.TLS {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(a.Host)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if a.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(a.CA)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificates: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s contains no certificate", a.CA)
	}
	return c, nil
}

// redact takes the password out of a text, as it is and as a URL has it.
func (a Address) redact(text string) string {
	if a.Password == "" {
		return text
	}
	forms := []string{a.Password, url.QueryEscape(a.Password), url.PathEscape(a.Password), url.UserPassword("", a.Password).String()[1:]}
	slices.SortFunc(forms, func(x, y string) int { return len(y) - len(x) })
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, "***")
	}
	return text
}

// String is the address of the store, without its password.
func (s *Store) String() string { return s.address.String() }
