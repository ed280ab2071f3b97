// Command arl sends requests to rate-limited APIs as fast as they really allow.
package main

import (
	"os"

	"github.com/arl-cli/arl/cmd"
)

//go:generate sh -c "mkdir -p completions"
//go:generate sh -c "go run . completion bash > completions/arl.bash"
//go:generate sh -c "go run . completion zsh > completions/_arl"
//go:generate sh -c "go run . completion fish > completions/arl.fish"
//go:generate sh -c "go run . completion powershell > completions/arl.ps1"
//go:generate sh -c "rm -rf man && go run . man --dir man"

// Set by the release build.
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	os.Exit(cmd.Main(cmd.Build{Version: version, Commit: commit, Date: date}))
}
