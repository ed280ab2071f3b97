//go:build !unix

package config

import "os"

// keepOwner does nothing: files belong to the user who may write to the directory.
func keepOwner(*os.File, os.FileInfo) error { return nil }
