package redact

// Error returns an error whose text hide has been through. What err wraps can still be tested.
func Error(err error, hide func(string) string) error {
	text := err.Error()
	if clean := hide(text); clean != text {
		return &redactedError{clean, err}
	}
	return err
}

// Error is the function [Error] with all values that are known by now.
func (s *Secrets) Error(err error) error { return Error(err, s.Redact) }

type redactedError struct {
	text string
	err  error
}

// Error implements error.
func (e *redactedError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *redactedError) Unwrap() error { return e.err }
