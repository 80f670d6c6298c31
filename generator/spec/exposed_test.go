package spec

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWhatIsExposedHasAValue: whoever refers to an attribute that the language has is not told that there is none.
func TestWhatIsExposedHasAValue(t *testing.T) {
	for name, k := range grammar {
		if len(k.exposed) == 0 {
			continue
		}
		e := newEvaluator(newReader(nil), finder{})
		value := e.object(&block{kind: name, Header: Header{Name: "x"}})
		for _, attribute := range k.exposed {
			assert.True(t, value.Type().HasAttribute(attribute), "%s.x.%s has no value: see evaluator.object", name, attribute)
		}
	}
}
