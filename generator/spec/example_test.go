package spec_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/generator/spec"
)

func ExampleLoad() {
	s, _, diags := spec.Load("testdata/full")
	fmt.Println(len(diags), "mistakes")
	for _, n := range s.Networks {
		fmt.Println(n.Name, "in", n.Account.V, "at", n.Range)
	}
	// Output:
	// 0 mistakes
	// ci in account.tooling at testdata/full/postern.hcl:34,1-13
	// old in account.prod at testdata/full/postern.hcl:41,1-14
}

func ExampleLoad_mistakes() {
	folder, err := os.MkdirTemp("", "spec")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "postern.hcl")
	if err := os.WriteFile(path, []byte("network \"ci\" {\n  account = account.tooling\n}\n"), 0o600); err != nil {
		panic(err)
	}
	_, _, diags := spec.Load(path)
	for _, d := range diags {
		fmt.Printf("line %d: %s\n%s\n", d.Subject.Start.Line, d.Summary, d.Detail)
	}
	// Output:
	// line 2: Unknown account
	// There is no account.tooling in this spec. Add account "tooling" { … }, or write the name of one that exists.
}
