// Package credential finds what proves to an API who is asking: in the environment, the system's keyring, the output
// of a program or a netrc file.
package credential
