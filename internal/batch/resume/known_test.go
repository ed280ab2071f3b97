package resume

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// askFor makes a record of an id, empty for none, and something to ask for.
func askFor(id, what string) *Result {
	r := &Result{SHA256: sha256.Sum256([]byte(what))}
	if id != "" {
		r.ID = []byte(id)
	}
	return r
}

// answered makes the result of a record that was met.
func answered(r *Result, ok bool) *Result {
	return &Result{ID: r.ID, SHA256: r.SHA256, Occurrence: r.Occurrence, Reused: r.Reused, OK: ok}
}

// Whatever part of a run was done, and in whatever order its records come again: what is done is not
// sent again, what is not is sent once, and under the occurrence that it had.
func TestKnownNeverRepeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2", `"a"`}), 0, 20).Draw(t, "ids")
		wants := rapid.SliceOfN(rapid.IntRange(0, 2), len(names), len(names)).Draw(t, "requests")
		done := rapid.SliceOfN(rapid.IntRange(0, 2), len(names), len(names)).Draw(t, "done")
		first, again := NewKnown(), NewKnown()
		left := map[Place]bool{}
		var input []*Result
		for i, id := range names {
			r := askFor(id, "the request of "+id) // every id has one
			if id == "" {
				r = askFor("", fmt.Sprint(wants[i]))
			}
			if v := first.Meet(r); v != Fresh {
				t.Fatalf("Meet(%d) = %v in a first run", i, v)
			}
			input = append(input, r)
			if done[i] == 0 {
				left[r.Place()] = true
			}
		}
		for _, i := range rapid.Permutation(indices(len(names))).Draw(t, "as they finished") {
			if done[i] > 0 {
				again.Add(answered(input[i], done[i] == 1))
			}
		}
		unknown := 0
		for _, i := range rapid.Permutation(indices(len(names))).Draw(t, "as they come again") {
			r := *input[i]
			r.Occurrence = 0
			switch v := again.Meet(&r); v {
			case Fresh:
				place := r.Place()
				if !left[place] {
					t.Fatalf("%s: occurrence %d is sent, and is done or sent already", r.ID, r.Occurrence)
				}
				delete(left, place)
			case BeforeUnknown:
				unknown++
			case Changed:
				t.Fatalf("%s: changed", r.ID)
			}
		}
		if len(left) > 0 {
			t.Errorf("%d records are left out", len(left))
		}
		if want := count(done, 2); unknown != want {
			t.Errorf("%d unknown, want %d", unknown, want)
		}
	})
}

func indices(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func count(in []int, what int) (n int) {
	for _, v := range in {
		if v == what {
			n++
		}
	}
	return n
}

// An id that stands for several requests is no reason to reject any, as long as the input is the same:
// whatever was done of it, the rest is sent.
func TestKnownIDsOfSeveralRequests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		wants := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 12).Draw(t, "requests")
		var output []*Result
		for range 3 { // runs
			known, done := NewKnown(), 0
			for _, r := range output {
				known.Add(r)
			}
			for i, want := range wants {
				r := askFor(fmt.Sprint(i%3), fmt.Sprint(want))
				switch v := known.Meet(r); {
				case v == Changed:
					t.Fatalf("record %d is rejected", i)
				case v == Before:
					done++
				case rapid.Bool().Draw(t, "done"):
					output = append(output, answered(r, true))
					done++
				}
			}
			if done != len(output) {
				t.Fatalf("%d records are done, and %d results are there", done, len(output))
			}
		}
	})
}

func TestKnownChanged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		done, input []string // id and request
		want        []Verdict
	}{
		{"the same", []string{"1a", "2b"}, []string{"2b", "1a"}, []Verdict{Before, Before}},
		{"another request", []string{"1a"}, []string{"1b"}, []Verdict{Changed}},
		{"another one, then more of them", []string{"1a"}, []string{"1b", "1c", "1b"}, []Verdict{Changed, Fresh, Fresh}},
		{"two requests under one id", []string{"1a"}, []string{"1a", "1b"}, []Verdict{Before, Fresh}},
		{"both done", []string{"1a", "1b"}, []string{"1b", "1a", "1a"}, []Verdict{Before, Before, Fresh}},
		{"one taken out before it", []string{"1b"}, []string{"1b"}, []Verdict{Before}},
		{"an unknown id", []string{"1a"}, []string{"2a"}, []Verdict{Fresh}},
	} {
		k := NewKnown()
		for _, d := range test.done {
			k.Add(&Result{ID: []byte(d[:1]), SHA256: sha256.Sum256([]byte(d[1:])), Occurrence: 1, OK: true})
		}
		var got []Verdict
		for _, r := range test.input {
			got = append(got, k.Meet(askFor(r[:1], r[1:])))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Outputs of runs that counted nothing hold equal results: as many as there are are done.
func TestKnownCountsEqualResults(t *testing.T) {
	t.Parallel()
	k := NewKnown()
	r := askFor("", "a")
	for range 3 {
		k.Add(&Result{SHA256: r.SHA256, Occurrence: 1, OK: true})
	}
	for i := range 5 {
		again := askFor("", "a")
		v := k.Meet(again)
		if want := map[bool]Verdict{true: Before, false: Fresh}[i < 3]; v != want {
			t.Errorf("Meet %d = %v, want %v", i, v, want)
		}
		if i == 3 && again.Occurrence != 4 {
			t.Errorf("occurrence %d, want 4", again.Occurrence)
		}
	}
}
