package main

import (
	"context"
	"errors"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/redistest"
)

// hasRedis reports whether a redis-server is installed. In CI there must be one.
func hasRedis() (bool, error) {
	if redistest.Installed() {
		return true, nil
	}
	if redistest.Required() {
		return false, errors.New("redis-server is not installed, and CI must have it")
	}
	return false, nil
}

// redisServer runs a Redis on a free port until the script ends, and puts host:port into a variable; or kills
// it, starts it again, or has it run a command:
//
//	redis VAR start [argument...]
//	redis VAR kill
//	redis VAR again
//	redis VAR do COMMAND [argument...]
func redisServer(ts *testscript.TestScript, args []string) {
	servers := stageOf(ts).redis
	name, what, args := args[0], args[1], args[2:]
	s := servers[name]
	if s == nil && what != "start" {
		ts.Fatalf("%s was not started", name)
	}
	switch what {
	case "start":
		dir := ts.MkAbs("redis-" + name)
		ts.Check(os.MkdirAll(dir, 0o700))
		s, err := redistest.New(dir, args...)
		ts.Check(err)
		ts.Defer(s.Kill)
		servers[name] = s
		ts.Setenv(name, s.Addr)
	case "kill":
		s.Kill()
	case "again":
		ts.Check(s.Run())
	case "do":
		words := make([]any, len(args))
		for i, arg := range args {
			words[i] = arg
		}
		_, err := s.Do(context.Background(), words...)
		ts.Check(err)
	default:
		ts.Fatalf("redis %s?", what)
	}
}
