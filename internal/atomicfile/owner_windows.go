package atomicfile

import (
	"io/fs"
	"os"
)

// alike reports whether a new file in the place of another looks like it to everybody else. Rights come from the
// directory here.
func alike(_, _ fs.FileInfo) bool { return true }

func giveTo(*os.File, fs.FileInfo) {}
