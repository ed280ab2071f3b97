// Package limiter sends requests as fast as a server allows, and no faster: it learns the rate limit from 429 responses,
// Retry-After and rate limit headers, and retries what was throttled.
//
// Most programs need a [Transport] only, which gives each host a rate of its own:
//
//	client := &http.Client{Transport: &limiter.Transport{Limiter: limiter.New(limiter.Config{})}}
//
// [Transport.Plan] gives a request another key, a cost, documented limits, or rules for throttles with another status
// than 429. Without HTTP, use [Limiter.Acquire] and [Grant.Done]. [Config.Observe] reports every attempt and wait.
//
// The rate of a key increases while requests are accepted and decreases once per congestion event. It is then held just
// under the limit that was found, which is probed rarely. Documented limits (Windows in [Params], [SharedLimit]) are
// never exceeded. A [Store] shares what is known between processes or hosts.
//
// Requests for one key are sent in the order in which they came. After a throttle no request is sent before the pause is
// over. Every wait can be cancelled. A limit that a server does not announce is found by reaching it, so some requests
// are throttled.
package limiter
