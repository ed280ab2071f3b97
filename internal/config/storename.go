package config

import (
	"errors"
	"strings"

	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// Names of stores, beside the URL of a Redis.
const (
	storeFile   = "file"
	StoreMemory = "memory"
)

// CheckStore returns an error for what is not the name of a store: "file", "memory", or the URL of a Redis. It never
// quotes the name: it may contain a password.
func CheckStore(name string) error {
	if name == storeFile || name == StoreMemory || name == "" {
		return nil
	}
	if !strings.Contains(name, "://") {
		return errors.New("must be file, memory or the URL of a Redis server")
	}
	_, err := redisstore.Parse(name)
	return err
}
