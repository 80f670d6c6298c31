package topology

import (
	"strings"
)

// ObjectPath is the source object as CodeBuild names it: "BUCKET/KEY".
func (b Build) ObjectPath() string { return b.Object[strings.LastIndex(b.Object, ":")+1:] }
