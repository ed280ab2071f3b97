package tokens

import "time"

// Seal is seal of a token, for tests that put one down by hand.
func Seal(token string, life time.Duration, secret, name string) ([]byte, error) {
	return seal(held{Value: token, Life: life}, secret, name)
}
