package main

import "os"

// measured tells whether figures in real time are held to their bars, as `make measured` does. In `go test`,
// beside other tests, they would tell more of the machine than of arl: there the rest of such a test is run.
func measured() bool { return os.Getenv("MEASURE") != "" }
