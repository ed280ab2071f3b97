// Package sandbox is an HTTP API that enforces limits the way real servers do.
//
// A [Server] is an [http.Handler]. Every request passes all limits that hold
// for it together; if one throttles, the response is 429, or what
// [Config.ThrottleStatus] says, and the others are not charged. Limits may change
// as time goes by ([Change]), and somebody else may use them up too ([Rival]).
// [Like] knows how public APIs are.
//
// The same handler serves a loopback socket through [Serve] and requests of
// this process through [Transport]; with [Config.StateFile] several processes
// meet one limit.
//
// Time is the wall clock, read while the counters are locked, so decisions are
// exact in virtual time (testing/synctest) and never run backwards.
//
// # Faults
//
// A fault spoils the response of a request that the limits admitted: it has been
// charged and counts as accepted, as on a server that fails while working.
// Which of the accepted requests are spoilt, and how, is a pure function of
// [Config.Seed] and of the number of the request: the n-th accepted request
// meets the same fate in every run.
//
// # Routes
//
//	GET    /any/path                      {"path","id","n"}; n counts accepted requests
//	POST   /any/path                      201, echo: method, path, query, headers, body
//	PUT, PATCH and others                 200, echo
//	DELETE /any/path                      204
//	any    /echo                          200, echo
//	any    /status/{code}?retry_after=V   that status; V is sent as Retry-After, as it is
//	any    /bytes/{n}                     n bytes, streamed
//	any    /slow/{ms}                     answers after that time
//	any    /redirect/{n}                  n redirects (302), then /items/0
//	any    /redirect-to?url=U&status=S    one redirect
//	GET    /pages?start_cursor=&page_size=   250 items by cursor
//	GET, POST  /any/list?total=N             N items (250) in pages, in the form of Config.Pages;
//	                                         also where that API has lists, such as Slack's /users.list
//	POST   /any.method                       like Slack: 200 and {"ok": true, ...}, or false and why; JSON or a form
//
// HEAD works as GET. Three routes pass no limit and are not counted:
//
//	GET    /stats         what the limits did so far
//	POST   /stats/reset   counts (not limits) start again at zero
//	GET    /log           the last 1000 requests of this process, with Config.Log
package sandbox
