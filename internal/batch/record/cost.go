package record

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/arl-cli/arl/internal/rawjson"
)

// maxCost bounds what a record can say that it takes.
const maxCost = 1 << 40

// readCost reads what a record says that it takes: a number of the only unit, or an object of numbers by unit.
func readCost(r *Request, value []byte) error {
	r.Cost = make(map[string]int64)
	if value[0] != '{' {
		return readAmount(r.Cost, "", value)
	}
	for quoted, value := range rawjson.Members(value) {
		name, err := rawjson.Unquote(quoted)
		if err != nil {
			return err
		}
		if len(name) == 0 {
			return errors.New(`"cost" has a unit without a name`)
		}
		if err := readAmount(r.Cost, string(name), value); err != nil {
			return err
		}
	}
	return nil
}

func readAmount(costs map[string]int64, unit string, value []byte) error {
	n, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(n >= 1 && n <= maxCost) {
		return fmt.Errorf(`"cost" must be a number from 1 to %d, or an object of such numbers by unit, like {"tokens": 350}`, int64(maxCost))
	}
	costs[unit] = int64(n)
	return nil
}
