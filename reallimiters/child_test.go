package reallimiters

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/procgroup"
)

// announced starts a program that prints the URL it serves, until the test ends.
func announced(t *testing.T, c *exec.Cmd) (url string) {
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	started, err := procgroup.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v printed no URL: %v", c.Args, err)
	}
	return strings.TrimSpace(line)
}

// installed finds a program. Debian puts some where the PATH of a user does not look.
func installed(t *testing.T, name string) (path string) {
	for _, place := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(place); err == nil {
			return path
		}
	}
	missing(t, name+" is not installed")
	return ""
}

// missing skips a limiter that cannot be served here. In CI all can.
func missing(t *testing.T, why string) {
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
