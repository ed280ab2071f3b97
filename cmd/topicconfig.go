package cmd

const helpConfig = `config.yaml is in ~/.config/arl, or in the directory that ` + "`arl help environment`" + ` names.
arl never rewrites it: ` + "`arl apis add`" + ` and ` + "`arl apis import`" + ` insert text and keep every
other byte. Unknown fields and invalid values are errors with file, line and column;
` + "`arl apis check`" + ` reports all of them, ` + "`arl apis show NAME`" + ` shows where each value is from.

  store: redis://host:6379/0     # one budget for several hosts; or file, memory
  cache: {max: 1GiB}             # what --cache may store
  defaults:                      # for hosts without a profile: arl get URL
    initial_rate: 1.0            # any field but base_url, auth, budget
  apis:
    my-api:
      base_url: https://api.example.com/v1
      initial_rate: 2.0            # requests per second
      min_rate: 0.1                # lower bound of decreases
      max_rate: 20.0               # no bound if absent
      increase_step: 0.1           # per accepted request below a known limit
      decrease_factor: 0.5         # in (0, 1]: the largest decrease
      documented_limit_desc: "Vendor says 5 req/s."
      # all below are optional
      slow_start: true             # increase fast until the first throttle
      burst: 5                     # requests sent at once after idling
      max_concurrency: 8           # in flight at once, in one process
      headers: {Api-Version: "2026-01-01"}
      budget: my-team              # replaces the credential hash in keys
      backoff_status_codes: [429]  # statuses that count as a throttle
      throttle_when:               # throttles with another status
        - {status: 403, header: {X-RateLimit-Remaining: "0"}}
        - {status: 403, body: "secondary rate limit", pause: 60s}
        - {status: 200, json: ".errors[].type", in: [RATE_LIMITED]}
        - {status: 429, pause: .parameters.retry_after}
      never_retry: [{status: 429, body: insufficient_quota}]
      free: [{status: 304}]        # responses that do not count
      fail_when:                   # failures with a status below 400
        - {status: 200, json: ".errors[].message", in: ["*"]}
      graphql: [/graphql]          # POSTs are safe unless a mutation
      max_retries_on_backoff: 20
      default_pause: 1s            # after a throttle without Retry-After
      idempotent_posts: ["/search", "/databases/*/query"]
      read_only: true              # send only these, GET, HEAD, OPTIONS
      idempotency_header: Idempotency-Key
      traceparent: true            # send $TRACEPARENT
      limits: ["60/1m", "1000/1h"] # documented: never exceeded
      buckets:                     # paths or methods with their own limits
        - {name: write, methods: [POST, PATCH], max_rate: 1}
        - {name: "{team}", paths: ["/teams/{team}/**"], limits: ["5/1s"]}
      auth: {type: bearer, env: [MY_TOKEN]}
      pagination: {style: cursor, send: {query: start_cursor},
                   next: .next_cursor, more: .has_more, items: .results}
      circuit_breaker: {failure_threshold: 5, open_interval: 30s}
      cache: revalidate            # or 10m, or off; see --cache
      paths: [/users, "/users/{id}"]  # for completion
    notion:
      max_rate: 3                  # changes the built-in profile

A rule of throttle_when, never_retry or fail_when matches a response if all of its
conditions do:

  status    the status code
  header    header fields with these exact values, or "*" for any value
  body      a substring of the body, of which the first 64 KiB are read
  json, in  a path to values, one of which is listed under in; case is ignored,
            and * matches any characters. A path is .a.b, .a[0], ."a b", or .a[]
            for every element.

pause is the wait of a throttle whose headers name none: a duration, or the path of a
wait in the body, in any form of Retry-After (35, 3.5s, a date). A number is in seconds,
or in the unit at the end of the member's name (retry_after_ms). If the headers name a
wait too, the longer one counts.

An entry with the name of a built-in profile changes that profile: single values and
lists are replaced, maps are merged, null deletes a value, and 0 is a value. auth.type
is bearer, basic, header (with name and prefix), query (with name), path,
oauth2_client_credentials, oauth (with issuer and client_id, see
` + "`arl auth login --help`" + `), command, sigv4 or sign.`

const helpLimits = `Each request is limited by the rate of its key: the API, the bucket if the profile has
buckets, and a short hash of the credential. All processes of a user share that rate;
with a store in Redis, processes on several hosts do. ` + "`arl rates`" + ` shows learned rates.

How a limit is found
  Without a learned limit, the rate increases from initial_rate until the first
  throttle. Throttles of requests sent at one rate are one congestion event: one
  decrease, and all processes pause. The rate that was accepted between two
  events is the limit; arl stays just below it and probes for more from time to
  time. Confidence in a learned limit decays with age.

What takes precedence over learned limits, in this order
  limits         in the profile, such as 60/1m: never exceeded
  pauses         Retry-After, the reset header of a vendor, or default_pause
  headers        the remaining quota, spread over the time to its reset
  max_rate       in the profile; --rate for one run

When requests are retried
  After a throttle (429, or what throttle_when matches) a request is retried
  whatever its method, because it was not processed. After 408, 425, 5xx, a
  timeout or a broken response it is retried only if that is safe: GET, HEAD,
  OPTIONS, TRACE, PUT, DELETE, requests with an idempotency key, and POSTs that
  the profile says only read. Retry-After is obeyed in all these cases. A header
  X-Should-Retry or Stripe-Should-Retry (true or false) takes precedence over
  the status. get, post, ... exit with 75 if they would have to wait longer than
  --max-wait (15m), and print when to retry; batch waits without a limit.

See also
  --explain              explain each throttle, wait and change of the rate
  --no-learn             use learned rates without updating them
  arl batch --plan       print counts, rates and an estimated finish time
  arl rates reset KEY    forget the learned rate of a key`
