package redact

// Error returns err with its message passed through hide. errors.Is and errors.As see what err wraps.
func Error(err error, hide func(string) string) error {
	text := err.Error()
	if clean := hide(text); clean != text {
		return &redactedError{clean, err}
	}
	return err
}

// Error removes the secrets known so far from the message of err, see [Error].
func (s *Secrets) Error(err error) error { return Error(err, s.Redact) }

type redactedError struct {
	text string
	err  error
}

// Error implements error.
func (e *redactedError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *redactedError) Unwrap() error { return e.err }
