package progress

import (
	"math"
	"time"
)

const (
	// seasoned is how long records must have been sent before their pace says more than what is known of
	// the limit, and slack how much slower it has to be for that.
	seasoned = 5 * time.Second
	slack    = 1.5
	// longest is the longest time that is worth saying.
	longest = 1000 * 24 * time.Hour
)

// Left is how long the run will still take: the records that are left, shared among the keys as those
// before were, at the rate that was learned for each, and within documented limits. Where the server
// itself is slower than its limit allows, its pace counts. It says false if nobody knows.
func (m *Meter) Left() (time.Duration, bool) {
	records := float64(m.last.Total - m.last.Done)
	if m.last.Total == 0 || records <= 0 {
		return 0, false
	}
	seconds := m.byKeys(records)
	if pace := m.lately.value(); m.moved >= seasoned && pace > 0 && records/pace > slack*seconds {
		seconds = records/pace + m.longestWait()
	}
	if seconds <= 0 || math.IsInf(seconds, 0) || seconds > longest.Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// byKeys is how many seconds the keys need for so many records.
func (m *Meter) byKeys(records float64) (seconds float64) {
	var sent int64
	for _, k := range m.last.Keys {
		if k.Unit == "" {
			sent += k.Sent
		}
	}
	if sent == 0 {
		return 0
	}
	for _, k := range m.last.Keys {
		need := k.takes(records*float64(k.Sent)/float64(sent)) + m.waits(k.Name)
		seconds = max(seconds, need)
	}
	return max(seconds, m.longestWait())
}

// takes is how many seconds the requests of a key take.
func (k *Key) takes(n float64) float64 {
	if n <= 0 || k.Rate <= 0 {
		return 0
	}
	seconds := n / k.Rate
	for _, w := range k.Windows {
		if spans := math.Ceil(n/float64(w.Limit)) - 1; spans > 0 {
			seconds = max(seconds, spans*w.Per.Seconds())
		}
	}
	return seconds
}

// waits is how many seconds a key has to wait.
func (m *Meter) waits(key string) (seconds float64) {
	for _, w := range m.last.Waits {
		if w.Key == key {
			seconds = max(seconds, w.Until.Sub(m.last.At).Seconds())
		}
	}
	return seconds
}

func (m *Meter) longestWait() (seconds float64) {
	for _, w := range m.last.Waits {
		seconds = max(seconds, w.Until.Sub(m.last.At).Seconds())
	}
	return seconds
}
