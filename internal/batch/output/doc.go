// Package output manages the output of a batch on disk: the file of results, the journal beside it, the
// lock on both, and resuming a run from them after a crash.
//
// # The journal
//
// FILE.journal exists from the beginning of a run until every record is ok. Its first line names the
// run; idempotency keys are derived from that name. Every other line is a note: a record that is about
// to be sent and must not be sent twice. A note is on disk before the record is sent; many notes share
// one sync. A line with "settled" takes a note back. A record with a note and without a result in the
// output is unknown.
//
// # Resuming
//
// [Open] with Resume does this, and may be killed after any step:
//
//  1. lock the journal,
//  2. read the output; which records are done is kept in memory, see [resume.Known],
//  3. read the journal; notes without a result become results of their own,
//  4. if results have to go (failed ones, which are sent again), write a copy without them beside the
//     output, with the results of step 3, and put it in the output's place; else cut off a torn last
//     line, and append them,
//  5. empty the journal, but for the name of the run.
//
// Before step 4 the notes of failed records are taken back, so that a crash between 4 and 5 does not
// make them unknown. Until step 5 every note is there, so that one before it does not lose any.
package output
