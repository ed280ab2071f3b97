// Package gauntlet measures how well the limiter learns: the real limiter and transport against the
// servers of the sandbox, in virtual time, beside other ways of pacing. It is a module of its own, so
// that what it compares with never becomes a dependency of arl's users, and a test program, since
// virtual time (testing/synctest) exists in tests only. The repository's Makefile has
//
//	make gauntlet        # measures everything; fails where a bar is missed
//	make gauntlet-docs   # writes the tables and the plots into docs/
//
// While working on the limiter, from this directory:
//
//	go test -run 'TestGauntlet/rows/bucket_50' -cold   # one server, from a cold start, without peers
//	go test -run TestStrangers -strangers              # servers that the law was not tuned to
//
// Limits that count what requests take, docs/units.md:
//
//	go test -run 'TestUnits$' -unit "no headers" -cold
//
// The short gauntlet is the first half minute and the second run, on servers of its own:
//
//	go test -run 'TestShort$' -v -peers -seed 2             # every server of a seed, beside the peers
//	go test -run 'TestShort$' -only 'random 17$' -trace     # one of them, second by second
//	go test -run 'TestShort$' -worst 20 -lines FILE         # where most is lost; all figures as JSON lines
package gauntlet
