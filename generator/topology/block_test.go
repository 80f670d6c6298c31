package topology_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/postern-dev/postern/generator/topology"
)

// apart are the lists of a topology that are no blocks, and whose parts they are.
var apart = map[string]string{"Buckets": "replications and package indexes, which have them as parts of theirs"}

// Whatever a topology lists is in Blocks, so that nothing is left out of the places, the pages and the keys.
func TestBlocksAreAllThatATopologyHas(t *testing.T) {
	var full topology.Topology
	want := map[topology.Block]string{}
	for _, thing := range []topology.Thing{&topology.Image{}, &topology.Repository{}} {
		full.Things = append(full.Things, thing)
		want[thing] = "Things"
	}
	for i, f := range reflect.VisibleFields(reflect.TypeOf(full)) {
		if f.Type.Kind() != reflect.Slice || f.Type.Elem().Kind() != reflect.Pointer || apart[f.Name] != "" {
			continue
		}
		one := reflect.New(f.Type.Elem().Elem())
		b, ok := one.Interface().(topology.Block)
		if assert.True(t, ok, "%s are no blocks: write Address, Header and Parts, or say whose parts they are", f.Name) {
			want[b] = f.Name
			field := reflect.ValueOf(&full).Elem().Field(i)
			field.Set(reflect.Append(field, one))
		}
	}
	for _, b := range full.Blocks() {
		assert.Contains(t, want, b)
		delete(want, b)
	}
	assert.Empty(t, want, "these are not in Blocks")
	assert.GreaterOrEqual(t, len(full.Blocks()), 10)
}
