// Package batch turns records into requests and their responses into results, one line each.
//
// # The way of a record
//
//	source    reads lines, parses them, hashes the request: one goroutine
//	lane      waits for a worker, among those whose limit is the same: Concurrency workers a lane,
//	          started when there is work
//	Sender    makes the exchange, retries included; given by the caller
//	sink      puts results in order if that is asked for, and writes them: one goroutine
//
// # Memory
//
// Everything that a run holds for its records counts against Config.MaxMemory (package memory): records
// that wait, answers being read, results that wait for their turn. A quarter is for records, another
// for responses, and half is kept for the one request that has to get on, so that the others, waiting
// for memory, get on after it. When its share is used up, reading stops.
//
// # Identity
//
// A record is recognised by its id, byte for byte as it was written, or where it has none by the
// hash of its request (package identity). Equal ones are numbered. Package resume reads what an earlier
// run has left in its output; package output does the rest of resuming a run: files, the journal, the lock.
//
// # The end
//
// A run ends with its input, or early: asked to (the drain channel of [Engine.Run]), because of a
// [Stop] of its own, or because its output cannot be written. Then nothing more is read or sent,
// and what was read and not sent is counted as that. Whatever happens, a summary balances:
// read = done before + ok + failed + unknown + not sent.
package batch
