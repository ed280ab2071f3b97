package sandbox

import (
	"bytes"
	"context"
	"io"
)

// streamedBody is the client's end of a streamed answer.
type streamedBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *streamedBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// shortBody is a complete response, or one that err cuts off.
type shortBody struct {
	bytes.Reader
	err error // nil: io.EOF
}

func (b *shortBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF && b.err != nil { //nolint:errorlint // bytes.Reader returns it bare
		err = b.err
	}
	return n, err
}

func (b *shortBody) Close() error { return nil }
