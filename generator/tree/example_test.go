package tree_test

import (
	"fmt"
	"os"

	"github.com/postern-dev/postern/generator/tree"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	wanted := tree.New([]tree.File{{Path: "ci/main.tf", Data: []byte("# " + tree.Marker + "\n")}})
	changes, err := tree.Write(dir, wanted, tree.Options{})
	for _, c := range changes {
		fmt.Println(c.Action.Sign(), c.Path)
	}
	fmt.Println(err)

	changes, err = tree.Compare(dir, wanted)
	fmt.Println(changes, err)
	// Output:
	// + ci/main.tf
	// + .postern.json
	// <nil>
	// [] <nil>
}
