package redisstore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// A view is a key's state as the server last told it. Between two views the gate may have moved on; the controller
// has not while version and incarnation are the same.
type view struct {
	state       pacing.State
	incarnation int64 // of the key: another one means that the server had lost it
	epoch       int64 // Unix seconds: instants count from here
	version     int64 // of the controller
	known       bool  // what was sent before this incarnation is accounted for
	seen        int64 // when the key was changed last
	now         int64 // the server's clock
	at          time.Time
}

var errDamaged = errors.New("unrecognized state in Redis")

// The fields of a key's hash, in the order of gate.lua.
const (
	fieldIncarnation = iota
	fieldEpoch
	fieldVersion
	fieldLaw
	fieldGeneration
	fieldInterval
	fieldBurst
	fieldNext
	fieldPause
	fieldFlying
	fieldScout
	fieldSent
	fieldSeen
	fieldKnown
	fieldBudgets
	fieldWindows
	fieldCycle = fieldWindows + pacing.MaxWindows
	fieldCount = fieldCycle + 1
)

func fieldNames() [fieldCount]string {
	return [...]string{
		"inc", "epoch", "ver", "law", "gen", "interval", "burst", "next", "pause", "flying", "scout", "sent",
		"seen", "known", "bud", "w0", "w1", "w2", "w3", "cycle",
	}
}

// ints lists the gate's integers in the order of their fields, from fieldGeneration on.
func gateInts(s *pacing.State) [fieldSeen - fieldGeneration]*int64 {
	return [...]*int64{&s.Generation, &s.Interval, &s.Burst, &s.Next, &s.PauseUntil, &s.InFlight, &s.Scout, &s.Counts.Sent}
}

// parse reads the fields of a hash.
func (v *view) parse(fields []any) error {
	if len(fields) != fieldCount {
		return fmt.Errorf("%w: %d fields", errDamaged, len(fields))
	}
	var texts [fieldCount]string
	for i := range fields {
		text, ok := fields[i].(string)
		if !ok {
			return fmt.Errorf("%w: field %d", errDamaged, i)
		}
		texts[i] = text
	}
	if err := v.state.UnmarshalBinary([]byte(texts[fieldLaw])); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	known := int64(0)
	to := map[int]*int64{
		fieldIncarnation: &v.incarnation, fieldEpoch: &v.epoch, fieldVersion: &v.version, fieldSeen: &v.seen, fieldKnown: &known,
		fieldCycle: &v.state.Cycle,
	}
	for i, p := range gateInts(&v.state) {
		to[fieldGeneration+i] = p
	}
	for i, p := range to {
		n, err := strconv.ParseInt(texts[i], 10, 64)
		if err != nil {
			return fmt.Errorf("%w: field %d", errDamaged, i)
		}
		*p = n
	}
	v.known = known != 0
	if v.state.Interval <= 0 || v.state.Burst <= 0 {
		return fmt.Errorf("%w: an interval of %d, a burst of %d", errDamaged, v.state.Interval, v.state.Burst)
	}
	for i := range v.state.Windows {
		if err := parseWindow(&v.state, i, texts[fieldWindows+i]); err != nil {
			return err
		}
	}
	return parseBudgets(&v.state, texts[fieldBudgets])
}

func integers(text string) ([]int64, error) {
	words := strings.Fields(text)
	list := make([]int64, len(words))
	for i, word := range words {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
		list[i] = n
	}
	return list, nil
}

// parseWindow reads limit, length, and the first, last and count of each run.
func parseWindow(s *pacing.State, i int, text string) error {
	w := &s.Windows[i]
	*w = pacing.State{}.Windows[i]
	if text == "" {
		return nil
	}
	list, err := integers(text)
	if err != nil || len(list) < 2 || len(list)%3 != 2 || len(list) > 2+3*len(w.Runs) {
		return fmt.Errorf("%w: a window of %d words", errDamaged, len(list))
	}
	w.Limit, w.Per = list[0], list[1]
	for j := range (len(list) - 2) / 3 {
		w.Runs[j].First, w.Runs[j].Last, w.Runs[j].Count = list[2+3*j], list[3+3*j], list[4+3*j]
	}
	return nil
}

func windowText(s *pacing.State, i int) string {
	w := &s.Windows[i]
	if w.Limit == 0 {
		return ""
	}
	list := []int64{w.Limit, w.Per}
	for _, r := range w.Runs {
		if r.Count > 0 {
			list = append(list, r.First, r.Last, r.Count)
		}
	}
	return join(list...)
}

// limitsText is the limits and lengths of the windows alone.
func limitsText(s *pacing.State) string {
	var list []int64
	for i := range s.Windows {
		if w := &s.Windows[i]; w.Limit != 0 {
			list = append(list, w.Limit, w.Per)
		}
	}
	return join(list...)
}

const budgetWords = 11

func parseBudgets(s *pacing.State, text string) error {
	s.Budgets = pacing.State{}.Budgets
	list, err := integers(text)
	if err != nil || len(list)%budgetWords != 0 || len(list) > budgetWords*len(s.Budgets) {
		return fmt.Errorf("%w: budgets of %d words", errDamaged, len(list))
	}
	for i := range len(list) / budgetWords {
		b, w := &s.Budgets[i], list[budgetWords*i:]
		b.ID, b.Limit, b.Lowest, b.Remaining, b.ResetAt, b.Mark, b.Early, b.Waited, b.Reserve = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]
		b.Refill, b.WholeAt = w[9], w[10]
	}
	return nil
}

func budgetsText(s *pacing.State) string {
	var list []int64
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 {
			list = append(list, b.ID, b.Limit, b.Lowest, b.Remaining, b.ResetAt, b.Mark, b.Early, b.Waited, b.Reserve, b.Refill, b.WholeAt)
		}
	}
	return join(list...)
}

func join(list ...int64) string {
	var b []byte
	for i, n := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(b)
}

// lawText is the state without what has fields of its own.
func lawText(s *pacing.State) []byte {
	law := *s
	law.Windows, law.Budgets = pacing.State{}.Windows, pacing.State{}.Budgets
	b, _ := law.AppendBinary(nil) // never fails
	return b
}

// hash is what put writes.
func (v *view) hash() []any {
	names, s := fieldNames(), &v.state
	out := []any{
		names[fieldIncarnation], v.incarnation, names[fieldEpoch], v.epoch, names[fieldVersion], v.version,
		names[fieldLaw], lawText(s), names[fieldSeen], v.now, names[fieldKnown], flag(v.known),
		names[fieldCycle], s.Cycle,
	}
	for i, p := range gateInts(s) {
		out = append(out, names[fieldGeneration+i], *p)
	}
	if text := budgetsText(s); text != "" {
		out = append(out, names[fieldBudgets], text)
	}
	for i := range s.Windows {
		if text := windowText(s, i); text != "" {
			out = append(out, names[fieldWindows+i], text)
		}
	}
	return out
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// life is for how long a state means something.
func (v *view) life() time.Duration {
	until := max(v.now, v.state.PauseUntil)
	for i := range v.state.Windows {
		until = max(until, v.now+v.state.Windows[i].Per)
	}
	for i := range v.state.Budgets {
		until = max(until, v.state.Budgets[i].ResetAt)
	}
	return time.Duration(until-v.now) + stale
}

// stale is how long a key may lie unused before what is known of it is taken with care.
const stale = time.Hour

// windowed reports whether the state has documented windows.
func (v *view) windowed() bool { return v.state.Windows[0].Limit != 0 }
