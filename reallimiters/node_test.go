package reallimiters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/redistest"
)

// options are those of a limiter for Node.js, by its own names.
type options map[string]any

// nodeLimiters are what npm has. The programs in node/ serve them.
func nodeLimiters() []limiter {
	install := sync.OnceValues(nodeModules)
	node := func(script string, latency time.Duration, o options) func(*testing.T) string {
		return nodeServer{script: script, latency: latency, options: o, install: install}.start
	}
	express := func(headers any, legacy bool, quota int, window, latency time.Duration) func(*testing.T) string {
		return node("express-rate-limit.js", latency, options{
			"limit": quota, "windowMs": window.Milliseconds(), "standardHeaders": headers, "legacyHeaders": legacy,
		})
	}
	redis := nodeServer{script: "express-rate-limit.js", redis: true, install: install, options: options{
		"limit": 300, "windowMs": 60_000, "standardHeaders": "draft-7", "legacyHeaders": false,
	}}
	return []limiter{
		each(40, 2*time.Second).at("express-rate-limit draft 6, 40 per 2 s", express("draft-6", false, 40, 2*time.Second, 20*time.Millisecond)),
		each(200, 10*time.Second).at("express-rate-limit draft 7, 200 per 10 s", express("draft-7", false, 200, 10*time.Second, 40*time.Millisecond)),
		each(90, 3*time.Second).at("express-rate-limit draft 8, 90 per 3 s", express("draft-8", false, 90, 3*time.Second, 0)),
		each(100, 5*time.Second).at("express-rate-limit legacy, 100 per 5 s", express(false, true, 100, 5*time.Second, 20*time.Millisecond)),
		each(60, 3*time.Second).at("@fastify/rate-limit 60 per 3 s", node("fastify-rate-limit.js", 10*time.Millisecond, options{"max": 60, "timeWindow": 3000})),
		each(50, 2*time.Second).at("@nestjs/throttler 50 per 2 s", node("nestjs-throttler.js", 20*time.Millisecond, options{"limit": 50, "ttl": 2000})),
		each(20, time.Second).at("rate-limiter-flexible 20 per 1 s", node("rate-limiter-flexible.js", 30*time.Millisecond, options{"points": 20, "duration": 1})),
		each(80, 2*time.Second).at("koa-ratelimit 80 per 2 s", node("koa-ratelimit.js", 0, options{"max": 80, "duration": 2000})),
		each(500, 5*time.Second).at("hono-rate-limiter draft 7, 500 per 5 s", node("hono-rate-limiter.js", 20*time.Millisecond, options{
			"limit": 500, "windowMs": 5000, "standardHeaders": "draft-7",
		})),
		each(300, time.Minute).at("rate-limit-redis draft 7, 300 per 60 s", redis.start),
	}
}

// A nodeServer is a program in node/ and what it is told.
type nodeServer struct {
	script  string
	options options
	latency time.Duration
	redis   bool // it counts in a Redis
	install func() (dir string, err error)
}

func (s nodeServer) start(t *testing.T) string {
	node := installed(t, "node")
	modules, err := s.install()
	if err != nil {
		missing(t, err.Error())
	}
	config := map[string]any{"options": s.options, "latency": s.latency.Milliseconds()}
	if s.redis {
		config["redis"] = redistest.Start(t).Addr
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(node, filepath.Join("node", s.script), string(text))
	c.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(modules, "node_modules"))
	return announced(t, c)
}

// nodeModules is a directory with what package-lock.json names. It is installed once and kept in the user's cache.
func nodeModules() (dir string, err error) {
	lock, err := os.ReadFile(filepath.Join("node", "package-lock.json"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	dir = filepath.Join(cache, "arl-reallimiters", hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, npmInstall(dir)
}

// npmInstall makes the directory, whole or not at all.
func npmInstall(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "part-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("node", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(part, name), text, 0o600); err != nil {
			return err
		}
	}
	c := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	c.Dir = part
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	if err := os.Rename(part, dir); err != nil {
		_, err = os.Stat(dir) // another process may have been faster
		return err
	}
	return nil
}
