package config

import (
	"errors"
	"strings"

	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// Where the live state may be, beside a URL of a Redis.
const (
	storeFile   = "file"
	StoreMemory = "memory"
)

// CheckStore says what is wrong with the name of a store: "file", "memory", or the URL of a Redis. It never
// repeats it: there may be a password in it.
func CheckStore(name string) error {
	if name == storeFile || name == StoreMemory || name == "" {
		return nil
	}
	if !strings.Contains(name, "://") {
		return errors.New("neither file, memory nor the URL of a Redis")
	}
	_, err := redisstore.Parse(name)
	return err
}
