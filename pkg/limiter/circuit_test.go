package limiter

import (
	"net"
	"testing"
)

// What opens a circuit, by endings in a row.
func TestCircuitOpens(t *testing.T) {
	t.Parallel()
	a, b := &net.TCPConn{}, &net.TCPConn{}
	ok := ending{}
	unreached := ending{failed: true}
	lostA, lostB := ending{failed: true, lost: a}, ending{failed: true, lost: b}
	told, again := ending{failed: true, definite: true}, ending{failed: true, definite: true, again: true}
	times := func(n int, e ending) (out []ending) {
		for range n {
			out = append(out, e)
		}
		return out
	}
	tests := []struct {
		name    string
		endings [][]ending
		open    bool
	}{
		{"two failures", [][]ending{times(2, unreached)}, false},
		{"three failures", [][]ending{times(3, unreached)}, true},
		{"with a success between", [][]ending{times(2, unreached), {ok}, times(2, unreached)}, false},
		{"all streams of one connection", [][]ending{times(100, lostA)}, false},
		{"all streams of two connections", [][]ending{times(50, lostA), times(50, lostB), times(50, lostA)}, false},
		{"one connection lost, then none to be had", [][]ending{times(100, lostA), times(2, unreached)}, true},
		{"a dozen requests that are told so", [][]ending{times(12, told)}, false},
		{"one request that is told so again and again", [][]ending{{told}, times(100, again)}, false},
		{"as many as five times the threshold", [][]ending{times(15, told)}, true},
		{"the same with a success between", [][]ending{times(14, told), {ok}, times(14, told)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Circuit{FailureThreshold: 3}
			open := false
			for _, endings := range tt.endings {
				for _, e := range endings {
					open, _ = c.leave(e)
				}
			}
			if open != tt.open || c.isOpen() != tt.open {
				t.Errorf("open: %v, %v, want %v", open, c.isOpen(), tt.open)
			}
		})
	}
}

// A server that responds is there, whatever it says: a trial that is told 500 ends an outage of the
// connection, but not one that was made of such responses.
func TestTrialThatIsTold(t *testing.T) {
	t.Parallel()
	for _, opened := range []struct {
		by    ending
		times int
		stays bool
	}{{ending{failed: true}, 3, false}, {ending{failed: true, definite: true}, 15, true}} {
		c := Circuit{FailureThreshold: 3}
		for range opened.times {
			c.leave(opened.by)
		}
		if !c.isOpen() {
			t.Fatalf("closed after %d of %+v", opened.times, opened.by)
		}
		if open, _ := c.leave(ending{trial: true, failed: true, definite: true}); open != opened.stays {
			t.Errorf("open after the trial: %v, want %v", open, opened.stays)
		}
	}
}
