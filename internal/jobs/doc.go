// Package jobs is about jobs that finish later: whether a response accepts one, where its state is asked for, and what
// a response about its state says. It is pure: it sends nothing and does not wait.
package jobs
