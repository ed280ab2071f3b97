// Package credential finds the credential of a profile: in the environment, the system's keyring, the output of a
// program or a netrc file.
package credential
