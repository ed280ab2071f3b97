package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// expandFiles replaces variables of the script in files:
//
//	expand file...
func expandFiles(ts *testscript.TestScript, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}
