package headers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arl-cli/arl/internal/pacing"
)

// The three generations of the IETF's fields.
func TestStructuredBudgets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		want         []pacing.Budget
	}{
		{"draft 6", "RateLimit-Limit: 100\nRateLimit-Remaining: 50\nRateLimit-Reset: 50\nRateLimit-Policy: 100;w=60", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 50 * time.Second, Window: time.Minute},
		}},
		{"draft 3, the policies in the limit", "RateLimit-Limit: 100, 10;w=1, 100;w=60\nRateLimit-Remaining: 50\nRateLimit-Reset: 50", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 50 * time.Second, Window: time.Minute},
		}},
		{"draft 7", "RateLimit: limit=100, remaining=50, reset=5\nRateLimit-Policy: 100;w=60", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 5 * time.Second, Window: time.Minute},
		}},
		{"draft 8", `RateLimit-Policy: "burst";q=100;w=60,"daily";q=1000;w=86400
RateLimit: "burst";r=50;t=30, "daily";r=900;t=3600`, []pacing.Budget{
			{Name: "RateLimit burst", Limit: 100, Remaining: 50, Reset: 30 * time.Second, Window: time.Minute},
			{Name: "RateLimit daily", Limit: 1000, Remaining: 900, Reset: time.Hour, Window: 24 * time.Hour},
		}},
		{"several lines, tokens for names, numbers with fractions", "RateLimit: burst;r=1.5;t=2.5\nRateLimit: \"daily\";r=900", []pacing.Budget{
			{Name: "RateLimit burst", Remaining: 1, Reset: 2 * time.Second},
			{Name: "RateLimit daily", Remaining: 900, Reset: -1},
		}},
		{"express-rate-limit", `RateLimit-Policy: "240-in-3sec"; q=240; w=3; pk=:ZjE=:
RateLimit: "240-in-3sec"; r=239; t=3`, []pacing.Budget{
			{Name: "RateLimit 240-in-3sec", Limit: 240, Remaining: 239, Reset: 3 * time.Second, Window: 3 * time.Second},
		}},
		{"a policy twice", `RateLimit: "a";r=3;t=9, "a";r=5;t=7`, []pacing.Budget{
			{Name: "RateLimit a", Remaining: 3, Reset: 9 * time.Second},
		}},
		{"the size is in the policy alone", "RateLimit-Remaining: 50\nRateLimit-Reset: 50\nRateLimit-Policy: 100;w=60", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 50 * time.Second, Window: time.Minute},
		}},
		{"a named policy, and fields without names", "RateLimit-Limit: 100\nRateLimit-Remaining: 50\nRateLimit-Reset: 50\nRateLimit-Policy: \"default\";q=100;w=60", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 50 * time.Second, Window: time.Minute},
		}},
		{"early drafts", "RateLimit-Limit: 100, 100;window=60\nRateLimit-Remaining: 50\nRateLimit-Reset: 50", []pacing.Budget{
			{Name: "RateLimit", Limit: 100, Remaining: 50, Reset: 50 * time.Second, Window: time.Minute},
		}},
		{"of which of two policies it is, nothing tells", "RateLimit-Remaining: 50\nRateLimit-Reset: 50\nRateLimit-Policy: 10;w=1, 100;w=60", []pacing.Budget{
			{Name: "RateLimit", Remaining: 50, Reset: 50 * time.Second},
		}},
		{"a policy alone", `RateLimit-Policy: "burst";q=100;w=60`, nil},
		{"a policy of another name", "RateLimit-Policy: \"a\";q=100;w=60\nRateLimit: \"b\";r=5;t=3", []pacing.Budget{
			{Name: "RateLimit b", Remaining: 5, Reset: 3 * time.Second},
		}},
		{"a policy that is malformed", "RateLimit-Policy: \"a;q=100\nRateLimit: \"a\";r=5;t=3", []pacing.Budget{
			{Name: "RateLimit a", Remaining: 5, Reset: 3 * time.Second},
		}},
		{"requests by name", "RateLimit-Policy: \"a\";q=10;qu=\"requests\"\nRateLimit: \"a\";r=5", []pacing.Budget{
			{Name: "RateLimit a", Limit: 10, Remaining: 5, Reset: -1},
		}},
		{"bytes are no requests", "RateLimit-Policy: \"a\";q=65535;qu=\"content-bytes\";w=10\nRateLimit: \"a\";r=100;t=10", nil},
		{"but when none are left", "RateLimit-Policy: \"a\";q=65535;qu=content-bytes;w=10\nRateLimit: \"a\";r=0;t=10", []pacing.Budget{
			{Name: "RateLimit a", Limit: 65535, Remaining: 0, Reset: 10 * time.Second, Window: 10 * time.Second},
		}},
		{"at one time is not in a time", "RateLimit-Policy: \"a\";q=6;qu=\"concurrent-requests\"\nRateLimit: \"a\";r=0;t=10", nil},
		{"too far away", `RateLimit: "a";r=5;t=2678401`, []pacing.Budget{
			{Name: "RateLimit a", Remaining: 5, Reset: -1},
		}},
		{"an inner list", `RateLimit: ("a" "b");r=5;t=10`, nil},
		{"a number for a name", `RateLimit: 5;r=5;t=10`, nil},
		{"negative", `RateLimit: "a";r=-5;t=10`, nil},
		{"nothing left said", `RateLimit: "a";t=10`, nil},
		{"empty", `RateLimit:`, nil},
		{"malformed", `RateLimit: "burst;r=1`, nil},
		{"malformed dictionary", `RateLimit: =;,limit,remaining=x,reset=`, nil},
		{"too long", `RateLimit: "a";r=5;x="` + strings.Repeat("y", 9000) + `"`, nil},
	}
	for _, tt := range tests {
		got := budgetsOf(t, 200, tt.header)
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(pacing.Budget{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// Of more limits than are read, the first ones count, and nothing breaks.
func TestManyLimits(t *testing.T) {
	t.Parallel()
	lines := `RateLimit: "0";r=0;t=9`
	for i := range 30 {
		lines += fmt.Sprintf(`, "%d";r=%d;t=9`, i+1, i)
	}
	got := budgetsOf(t, 200, lines)
	if len(got) != pacing.MaxBudgets || got[0].Remaining != 0 || got[0].Reset != 9*time.Second {
		t.Errorf("budgets = %+v, want %d, that of which nothing is left first", got, pacing.MaxBudgets)
	}
}
