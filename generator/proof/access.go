package proof

import "github.com/postern-dev/postern/generator/policy"

func (g *gate) row(d *door, r reach, by []policy.Hit) {}
