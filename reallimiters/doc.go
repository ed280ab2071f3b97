// Package reallimiters measures the program against rate limiters that people run: middleware for Go and
// Node.js, nginx, and limiters that count in Redis, each a server on a loopback socket, in real time. Every
// limiter meets arl twice: a first run that knows nothing, and a second one from what the first learned. It is
// a module of its own, so that what it measures against never becomes a dependency of arl's users.
//
// The repository's Makefile has
//
//	make reallimiters    # measures every limiter; fails where a bar is missed
//
// While working on the limiter, from this directory:
//
//	go test -v                               # the table
//	go test -v -only 'httprate|nginx'        # some of them
//	go test -v -only 'ulule 60' -explain     # how arl explained both runs
//	go test -v -arl /path/to/another/arl     # another build of the program
package reallimiters
