package tree

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// An Action is what happens to a file.
type Action string

// The actions.
const (
	Created Action = "created"
	Changed Action = "changed"
	Deleted Action = "deleted"
)

// Sign returns the sign that stands for the action in a listing.
func (a Action) Sign() string {
	return map[Action]string{Created: "+", Changed: "~", Deleted: "-"}[a]
}

// A Change is a file of the directory that is not as the tree wants it.
type Change struct {
	Path   string // slash-separated, relative to the directory
	Action Action
	Edited bool   // somebody changed the file by hand since it was generated
	Old    []byte // what the directory holds; nil if Created
	New    []byte // what the tree wants; nil if Deleted
}

// maxGrowth is how many bytes more than it should a file may have for its lines to be compared: some work goes into each line.
const maxGrowth = 1 << 20

// Diff returns the change as a unified diff, or says in one line that a file has grown out of all proportion.
func (c Change) Diff() string {
	p := strings.TrimPrefix(c.Path, "/") // the caller may have put an absolute directory before it
	from, to := "a/"+p, "b/"+p
	switch c.Action {
	case Created:
		from = "/dev/null"
	case Deleted:
		to = "/dev/null"
	}
	if len(c.Old) > len(c.New)+maxGrowth {
		return fmt.Sprintf("Files %s and %s differ: %d and %d bytes\n", from, to, len(c.Old), len(c.New))
	}
	return udiff.Unified(from, to, string(c.Old), string(c.New))
}
