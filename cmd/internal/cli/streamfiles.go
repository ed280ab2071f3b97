package cli

import "os"

// Files are the files behind the streams, for a program that gets them as they are. What is written to them this way is
// neither redacted nor escaped.
func (e *Env) Files() (in, out, err *os.File) { return e.stdin, e.stdout, e.stderr }
