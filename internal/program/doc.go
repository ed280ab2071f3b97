// Package program runs other programs, and finds out from their exit code and standard error whether a server
// throttled them. It knows no limiter: what a run means for the rate is the caller's question.
package program
