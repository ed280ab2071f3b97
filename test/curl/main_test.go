package curl_test

import (
	"testing"

	"github.com/arl-cli/arl/cmd"
	"github.com/arl-cli/arl/test/arltest"
)

func TestMain(m *testing.M) { arltest.Main(m, cmd.Main) }
