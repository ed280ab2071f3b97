package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/arl-cli/arl/internal/rawjson"
)

// checkJSON says what is wrong with data, if it is not one JSON value.
func checkJSON(data []byte) error {
	if rawjson.Valid(data) {
		return nil
	}
	var value json.RawMessage
	err := json.Unmarshal(data, &value)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("not valid JSON at byte %d: %w", syntax.Offset, err)
	}
	return fmt.Errorf("not valid JSON: %w", err)
}

// findID returns the id of an object that is broken after it, or nil.
func findID(broken []byte) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(broken))
	if _, err := d.Token(); err != nil {
		return nil
	}
	for {
		name, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		if name == "id" {
			return value
		}
	}
}
