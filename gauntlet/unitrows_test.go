package gauntlet

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// A unitRow is a server that counts what requests take, and who sends to it.
type unitRow struct {
	Name      string
	Limits    []quantity // of each model
	Dialect   unitDialect
	Names     bool // a throttle says whose limit it is
	Sizes     func(i int, at time.Duration) float64
	Other     func(i int, at time.Duration) float64 // the mix that a memory comes from
	Estimate  func(size float64) int64              // nil means exact
	Models    int                                   // 0 means 1
	Processes int                                   // 0 means 1
	Far       time.Duration                         // from the store that hosts share; 0 means that it is in memory
	Duration  time.Duration
	From      time.Duration // what comes before does not count

	Cold, Warm   float64 // the least of what a pacer that knows everything gets
	MostCold     float64 // the most that may be throttled
	MostWarm     float64
	SameAs       string // the row of which it must come within Within
	Within       float64
	WithoutPeers bool // they do not know what this is about
}

const unitCallers = 16

// tokens2000 is the limit that was measured first: 2,000 in a second, 6,000 at once.
func tokens2000() []quantity { return []quantity{{Rate: 2000, Depth: 6000}} }

// requestsToo is the same beside ten requests a second.
func requestsToo() []quantity {
	return []quantity{{Requests: true, Rate: 10, Depth: 20}, {Rate: 2000, Depth: 6000}}
}

// everyFifth is the mix of one request in five that takes 3,000, while the others take 100.
func everyFifth(i int, _ time.Duration) float64 {
	if i%5 == 0 {
		return 3000
	}
	return 100
}

// even are requests that all take about the same.
func even(i int, _ time.Duration) float64 { return 600 + float64(i%5)*50 }

// swinging is a mix in which now small requests are frequent, now large ones, for five minutes each.
func swinging(i int, at time.Duration) float64 {
	if int(at/(5*minute))%2 == 0 {
		return 40
	}
	return 400 + float64(i%5)*100
}

// queries are GraphQL queries: most are cheap.
func queries(i int, _ time.Duration) float64 {
	if i%7 == 0 {
		return 400
	}
	return 10 + float64(i%4)*20
}

// offBy estimates by a factor.
func offBy(factor float64) func(float64) int64 {
	return func(size float64) int64 { return int64(size * factor) }
}

// offAtRandom estimates wrong by up to a factor of 2, either way.
func offAtRandom() func(float64) int64 {
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(3, 4))
	return func(size float64) int64 {
		mu.Lock()
		defer mu.Unlock()
		return int64(size * math.Exp2(2*chance.Float64()-1))
	}
}

func unitRows() []unitRow {
	const long = 10 * minute
	return []unitRow{
		{Name: "OpenAI's headers", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Other: even, Duration: long, Cold: 0.92, Warm: 0.97, MostCold: 0.01, MostWarm: 0.001},
		{Name: "no headers", Limits: tokens2000(), Sizes: everyFifth, Other: even, Duration: long, Cold: 0.92, Warm: 0.97, MostCold: 0.01, MostWarm: 0.001},
		{Name: "a minute's worth at once, OpenAI's headers", Limits: []quantity{{Rate: 2000, Depth: 120_000}}, Dialect: openAIUnits, Sizes: everyFifth, Duration: long, Cold: 0.92, MostCold: 0.01},
		{Name: "tokens or requests bind, named", Limits: requestsToo(), Names: true, Sizes: swinging, Duration: 20 * minute, Cold: 0.93, MostCold: 0.01},
		{Name: "tokens or requests bind, not named", Limits: requestsToo(), Sizes: swinging, Duration: 20 * minute, Cold: 0.93, MostCold: 0.01},
		{Name: "estimates of a third", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Estimate: offBy(1.0 / 3), Duration: long, From: minute, Cold: 0.90, MostCold: 0.01},
		{Name: "estimates of three times", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Estimate: offBy(3), Duration: long, From: minute, Cold: 0.90, MostCold: 0.01},
		{Name: "estimates at random, up to twice or half", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Estimate: offAtRandom(), Duration: long, Cold: 0.85, MostCold: 0.01},
		{Name: "Shopify: 100 points a second, 2,000 at once", Limits: []quantity{{Rate: 100, Depth: 2000}}, Dialect: shopifyUnits, Sizes: queries, Duration: long, Cold: 0.95, MostCold: 0.01},
		{Name: "GitHub: 5,000 points in each hour", Limits: []quantity{{Rate: 5000.0 / 3600, Depth: 5000, Window: time.Hour}}, Dialect: githubUnits, Sizes: func(i int, _ time.Duration) float64 { return 1 + float64(i%5)*2 }, Duration: 3 * time.Hour, Cold: 0.95, MostCold: 0.01},
		{Name: "three models, a limit each", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Models: 3, Duration: long, Cold: 0.95, MostCold: 0.01},
		{Name: "eight processes", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Processes: 8, Duration: long, From: minute, SameAs: "OpenAI's headers", Within: 0.03, MostCold: 0.01, WithoutPeers: true},
		{Name: "four hosts, 1 ms from their store", Limits: tokens2000(), Dialect: openAIUnits, Sizes: everyFifth, Processes: 4, Far: time.Millisecond, Duration: long, From: minute, SameAs: "OpenAI's headers", Within: 0.03, MostCold: 0.01, WithoutPeers: true},
	}
}
