package send

import (
	"errors"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/jobs"
	"github.com/arl-cli/arl/pkg/limiter"
)

// KindOf names a failure in results.
func KindOf(err error) batch.Kind {
	if failure.NoCredential(err) {
		return batch.KindAuth
	}
	if failure.Is[*jobs.FailedError](err) {
		return batch.KindJob
	}
	if errors.Is(err, limiter.ErrTooLarge) {
		return batch.KindInput
	}
	switch failure.Classify(err) {
	case failure.Usage, failure.File:
		return batch.KindInput
	case failure.DNS, failure.ProxyDNS:
		return batch.KindDNS
	case failure.Connect, failure.Tunnel, failure.Proxy:
		return batch.KindConnect
	case failure.Timeout:
		return batch.KindTimeout
	case failure.TLS, failure.Certificate:
		return batch.KindTLS
	case failure.Throttled:
		return batch.KindThrottled
	case failure.Circuit:
		return batch.KindCircuitOpen
	case failure.Interrupted:
		return batch.KindCancelled
	}
	return batch.KindRead
}

// message says what went wrong. Of a request that was not sent it says only that: net/http puts its URL in front.
func message(err error) string {
	if unsendable, ok := errors.AsType[*httpcheck.UnsendableError](err); ok {
		return unsendable.Error()
	}
	return err.Error()
}
