// Package httpcache stores responses to GET and HEAD as a private cache of RFC 9111 does, in files that all processes
// of a user share, and asks servers whether what is stored still holds.
//
// What may be stored and reused is decided by pure functions of headers and time: [Storable], [Policy], [Update]. A
// [Cache] is the directory; a [Transport] answers requests from it, and the wire below the Transport is wrapped by
// [Transport.Wire], which keeps response bodies as they come.
//
// # Why not a library
//
// Looked at in November 2026: gregjones/httpcache is archived and keys by URL alone, so it has one response for all
// values of a Vary field; its fork sandrolain/httpcache and bartventer/httpcache are maintained, implement RFC 9111 for
// private caches, and have a file back end. All of them hand a response to their storage as one []byte, so that a
// response of 1 GiB takes as much memory; none knows who asks, so that two credentials of one user share entries unless
// the server varies on Authorization, which then is part of a file; none bounds the directory across processes, and none
// tells a torn or damaged file from a response. They also sit around a whole client, where arl has to store below the
// rate limiter's retries and to answer above it.
//
// # Files
//
// An entry is one file: a head of one line with a checksum, what is known of the response as JSON, and the body if it is
// small; a large body is a file of its own that the entry names, with length and checksum. Files are written under
// another name and renamed, so an entry is whole or not there, whoever is killed when; what a power cut has torn does not
// fit its checksum and is a miss. Names are hashes: neither they nor the contents have a URL, a credential or a request.
package httpcache
