// Postern generates Terraform for private CI platforms from one small spec, and checks that it is up to date.
//
// There is one file per command: flags, printing and exit codes. What a command does is in package generator.
package main

import (
	"errors"
	"io"
	"os"
	"runtime/debug"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
)

func main() {
	// The runtime of Go ends a program with 2, too: after a panic that nothing can recover, a stack that overflows, memory that is
	// gone. So that it is never taken for a difference, such a program aborts by a signal, after the same report. That begins here: a
	// system that does not give the runtime what it starts with still sees 2.
	debug.SetTraceback("crash")
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, blueprints.All))
}

// An exit is an exit code, as Terraform users know them. As an error it says that all is printed already.
type exit int

const (
	done      exit = 0 // or nothing to do
	failed    exit = 1 // always wins
	different exit = 2
)

func (e exit) Error() string { return "already printed" }

// run runs a command line and returns its exit code.
func run(args []string, stdout, stderr io.Writer, all []generator.Blueprint) int {
	return newConsole(stdout, stderr).run(args, all)
}

// run runs a command line that prints on this console.
func (c *console) run(args []string, all []generator.Blueprint) (status int) {
	defer func() {
		if bug := recover(); bug != nil {
			c.err.printf("postern: this is a mistake of postern's, report it to its authors: %v\n\n%s", bug, debug.Stack())
			status = int(failed)
		}
	}()
	root := rootCommand(c, all)
	root.SetArgs(append([]string{}, args...)) // nil would stand for those of the process
	code := done
	if err := root.Execute(); err != nil && !errors.As(err, &code) {
		var diags hcl.Diagnostics
		if !errors.As(err, &diags) {
			diags = misused(root, err)
		}
		c.diagnose(diags, nil)
		code = failed
	}
	if err := c.lost(); err != nil {
		detail := "The system says: " + err.Error() + ". Run again with room for the output."
		c.diagnose(complaint("Output not written", detail), nil)
		code = failed
	}
	return int(code)
}

// complaint returns an error that has no place in a spec.
func complaint(summary, detail string) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail}}
}
