package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// A buggy blueprint ends the program, in the way of its name, where others emit. Blueprints have goroutines of their own.
type buggy string

func (b buggy) Name() string { return string(b) }

func (b buggy) Emit(*topology.Topology) ([]tf.File, hcl.Diagnostics) {
	switch b {
	case "panic":
		panic("a bug")
	case "overflow":
		deeper([1 << 10]byte{})
	case "memory":
		for all := [][]byte{}; ; {
			all = append(all, make([]byte, 1<<46))
		}
	case "maps":
		m := map[int]int{}
		for range 4 {
			go func() {
				for i := 0; ; i++ {
					m[i%10] = i
				}
			}()
		}
		select {}
	}
	return nil, nil
}

func deeper(a [1 << 10]byte) byte { a[1]++; return a[0] + deeper(a) }

// TestAborts: whatever ends the program, it does not end as if it had found a difference.
func TestAborts(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	for bug, report := range map[string]string{
		"panic": "panic: a bug", "overflow": "stack overflow", "maps": "concurrent map writes",
		"memory": "out of memory|address space collisions", // the second under the race detector
	} {
		program := exec.Command(os.Args[0], "check")
		program.Env = append(os.Environ(), "POSTERN_TEST_BUG="+bug)
		var stderr bytes.Buffer
		program.Stderr = &stderr
		var end *exec.ExitError
		require.True(t, errors.As(program.Run(), &end), bug)
		assert.NotContains(t, []int{0, int(different)}, end.ExitCode(), bug)
		assert.Regexp(t, report, stderr.String(), "it ended otherwise than it should")
	}
}

// TestBugs: a panic on the way of a command is an error, with the place where it happened.
func TestBugs(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, "init")
	must(t, "generate")
	c, stdout, stderr := consoleOf(false)
	c.out.Writer = panicky{}
	assert.Equal(t, int(failed), c.run([]string{"check"}, blueprints.All))
	assert.Empty(t, stdout.String())
	assert.True(t, strings.HasPrefix(stderr.String(), "postern: this is a mistake of postern's"), stderr.String())
	assert.Contains(t, stderr.String(), "a bug")
	assert.Contains(t, stderr.String(), "abort_test.go")
}

type panicky struct{}

func (panicky) Write([]byte) (int, error) { panic("a bug") }
