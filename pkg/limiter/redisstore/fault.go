package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
)

// An Error is a store that did not do what it was asked. Its text holds no credentials.
type Error struct {
	Address string // without its password
	Denied  bool   // it makes no sense to try again: wrong credentials, rights, certificate, or no Redis
	text    string
	err     error
}

// Error implements error.
func (e *Error) Error() string { return "the store " + e.Address + ": " + e.text }

// Unwrap returns the cause, whose text may say more than Error's.
func (e *Error) Unwrap() error { return e.err }

// IsDenied reports whether err is an [*Error] that trying again does not help.
func IsDenied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Denied
}

func (s *Store) failed(err error) error {
	text := s.address.redact(err.Error())
	if errors.Is(err, context.DeadlineExceeded) {
		text = "no response within " + patience.String()
	}
	return &Error{Address: s.address.String(), Denied: denied(err), text: text, err: err}
}

// passing reports whether an error may be gone in a moment: the server restarts, or another one takes over.
func passing(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || denied(err) {
		return false
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		starts(err, "LOADING", "READONLY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS", "ERR max number of clients")
}

// denied reports whether trying again is of no use.
func denied(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	return starts(err, "WRONGPASS", "NOAUTH", "NOPERM", "WRONGTYPE", "ERR AUTH", "ERR DB index", "ERR Client sent AUTH",
		"ERR invalid password", "ERR unknown command", "ERR value is not an integer", "DENIED")
}

func starts(err error, words ...string) bool {
	text := err.Error()
	for _, word := range words {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}
