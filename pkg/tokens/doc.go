// Package tokens shares renewed access tokens, and logins with refresh tokens, between processes and hosts.
//
// Some servers revoke the old token when a new one is requested, and limit how often that happens. So one process
// requests the token and the others wait for it, and after a rejection a process first checks whether another one
// has renewed the token.
//
// A stored token is encrypted with a key derived from the client secret, which every process that may request a
// token has: neither Redis nor a copy of the directory reveals it. Its lifetime is counted from when it was stored,
// by the clock of the place where it is stored, so that the clocks of hosts need not agree.
package tokens
