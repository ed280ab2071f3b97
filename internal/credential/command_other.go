//go:build !unix

package credential

import "os/exec"

// endTogether leaves it to exec.CommandContext to end a program: what that has started itself may stay.
func endTogether(*exec.Cmd) (kill func()) { return func() {} }
