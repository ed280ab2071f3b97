package pacing

// UnitParams are the parameters of a unit's key that is opened by a request with such an estimate. What known does not
// say is as for requests that take what is estimated.
func UnitParams(known *Params, estimate int64) *Params {
	p := Params{}
	if known != nil {
		p = *known
	}
	size := float64(max(estimate, 1))
	if p.InitialRate == 0 {
		p.InitialRate, p.RequestRate = defaultUnitRate*size, defaultUnitRate
	}
	if p.MinRate == 0 {
		p.MinRate = min(defaultUnitFloor*size, p.InitialRate)
	}
	return p.WithDefaults()
}

// defaultUnitRate and defaultUnitFloor are at how many requests a second a unit's rate begins, and ends.
const defaultUnitRate, defaultUnitFloor = 2, 0.1
