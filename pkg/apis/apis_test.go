package apis_test

import (
	"testing"

	"github.com/arl-cli/arl/pkg/apis"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	p := &apis.Profile{Name: "mine", BaseURL: "https://mine.example.com/"}
	if err := apis.Register(p); err != nil {
		t.Errorf("Register(%v) = %v", p, err)
	}
	if _, err := apis.Default().Profile("mine"); err != nil {
		t.Errorf("Default().Profile(mine) = %v, want what was registered", err)
	}
}
