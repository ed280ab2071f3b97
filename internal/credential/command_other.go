//go:build !unix

package credential

import "os/exec"

// killGroup leaves it to exec.CommandContext to terminate the program; its children may survive.
func killGroup(*exec.Cmd) (kill func()) { return func() {} }
