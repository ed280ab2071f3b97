package send

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/pkg/limiter"
)

// TestAtIsWhenTheResponseWasComplete has what follows the response take its time.
func TestAtIsWhenTheResponseWasComplete(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := senderTo(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Second)
			_, _ = w.Write([]byte("{}"))
		}), nil, nil)
		dial := s.Dial
		s.Dial = func(target string, cfg apiclient.Config) (*apiclient.Client, error) {
			cfg.Limiter = limiter.New(limiter.Config{Observe: func(e limiter.Event) {
				if e.Kind == limiter.EventAttempt {
					time.Sleep(5 * time.Second)
				}
			}})
			return dial(target, cfg)
		}
		start := time.Now()
		_, out, err := run(t, s, nil, "/")
		var result struct{ At time.Time }
		if err == nil {
			err = json.Unmarshal([]byte(out), &result)
		}
		if err != nil || result.At.Sub(start) != 2*time.Second || time.Since(start) < 7*time.Second {
			t.Errorf("complete after %v of %v (%v), want 2s of 7s", result.At.Sub(start), time.Since(start), err)
		}
	})
}
