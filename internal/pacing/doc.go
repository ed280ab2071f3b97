// Package pacing decides when the next request of a key may be sent, and at what rate.
//
// It is one pure unit: [State] is a value of fixed size, and its methods take the time as a parameter.
// [State.Reserve] is the generic cell rate algorithm with pauses, documented windows and header budgets
// (gcra.go, window.go, budgetstate.go). [State.Apply] feeds what became of a request to the [Controller],
// which increases and decreases the rate (controller.go, adjust.go, feedback.go), estimates the limit
// (estimate.go, model.go, trail.go, flow.go) and detects a limit on concurrency (concurrency.go).
//
// A [Store] locks a State and keeps it: [Memory] here, packages filestore and redisstore below pkg/limiter.
package pacing
