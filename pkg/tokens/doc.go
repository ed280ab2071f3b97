// Package tokens is the place where a token that gets renewed lives between processes and hosts.
//
// Some servers revoke the old token when a new one is asked for, and count how often one is. So one process
// asks, the others wait for what it got, and a token that a server rejects is first looked up: another
// process may have renewed it.
//
// At rest a token is sealed with a key made of the client's secret, which whoever may ask for a token has:
// neither a Redis nor a copy of the directory tells it. How long it lasts is counted from when it was put down,
// by the clock of the place, so that hosts need not agree on the time.
package tokens
