// Package limiter sends requests as fast as a server allows, and no faster: it learns the rate limit from
// 429 responses, Retry-After and rate limit headers, and retries what was throttled.
//
// Most programs need a [Transport] only:
//
//	client := &http.Client{Transport: &limiter.Transport{Limiter: limiter.New(limiter.Config{})}}
//
// Requests to one host then share one rate. [Transport.Plan] gives a request another key, a cost, documented
// limits, or rules for throttles that hide behind another status. Without HTTP, use [Limiter.Acquire] and
// [Grant.Done].
//
// The rate of a key increases while requests are accepted, decreases once per congestion event, is held just
// under the limit that was found, and is probed rarely. Windows in [Params] are documented limits, which are
// never exceeded; a [SharedLimit] holds for several keys together; a [Store] shares what is known between
// processes or hosts.
//
// [Config.Observe] is told what happens: every attempt and what was learned from it, waits, outages.
//
// Requests for one key are sent in the order in which they came. After a throttle no request is sent before
// the pause is over. A wait can be cancelled at any time. That a server never throttles is not promised: a
// limit that it does not announce is found by meeting it.
package limiter
