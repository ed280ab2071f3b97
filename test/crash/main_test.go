package crash_test

import (
	"flag"
	"testing"

	"github.com/arl-cli/arl/cmd"
	"github.com/arl-cli/arl/test/arltest"
)

func TestMain(m *testing.M) {
	flag.Uint64("seed", 0, "what TestKilled chooses its moments by")
	arltest.Main(m, cmd.Main)
}
