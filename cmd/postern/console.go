package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/go-wordwrap"
	"golang.org/x/term"
)

// A console is where a command prints: what was asked for on out, everything else on err.
type console struct {
	out, err sink
	plain    bool // no colour, whatever the terminal
}

// A sink is a writer that remembers its first failure, so that printing needs no error handling.
type sink struct {
	io.Writer
	terminal bool
	width    int
	failure  error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.failure == nil {
		_, s.failure = s.Writer.Write(p)
	}
	return len(p), nil
}

func newConsole(stdout, stderr io.Writer) *console {
	return &console{
		out:   newSink(stdout),
		err:   newSink(stderr),
		plain: os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb",
	}
}

func newSink(w io.Writer) sink {
	s := sink{Writer: w, width: 78}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.terminal = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			s.width = cmp.Or(width, s.width)
		}
	}
	return s
}

// lost returns what kept the output from being written. A reader that has seen enough is no failure.
func (c *console) lost() error {
	if errors.Is(c.out.failure, syscall.EPIPE) {
		return nil
	}
	return c.out.failure
}

// diagnose prints diagnostics, with excerpts from the files that they are about.
func (c *console) diagnose(diags hcl.Diagnostics, files map[string]*hcl.File) {
	colour := c.err.terminal && !c.plain
	w := hcl.NewDiagnosticTextWriter(&c.err, files, 0, colour)
	for _, d := range diags {
		fits := *d
		fits.Detail = wrap(d.Detail, c.err.width)
		w.WriteDiagnostic(&fits) // a sink never fails
	}
}

// wrap breaks lines that are too long, but not those that are indented: paths and code stay in one piece.
func wrap(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = wordwrap.WrapString(line, uint(width))
		}
	}
	return strings.Join(lines, "\n")
}

// diff prints a unified diff.
func (c *console) diff(text string) {
	if !c.out.terminal || c.plain {
		fmt.Fprint(&c.out, text)
		return
	}
	colours := map[byte]string{'+': "\x1b[32m", '-': "\x1b[31m", '@': "\x1b[36m"}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if colour, ok := colours[line[0]]; ok {
			line = colour + strings.TrimSuffix(line, "\n") + "\x1b[0m\n"
		}
		b.WriteString(line)
	}
	fmt.Fprint(&c.out, b.String())
}

// progress shows on a terminal how far a run is that takes longer than a moment. The caller says so through set,
// and calls stop, which erases it, before anything else is printed.
func (c *console) progress() (set func(done, total int), stop func()) {
	if !c.err.terminal {
		return nil, func() {}
	}
	var mu sync.Mutex
	state, shown := "Generating", false
	finished := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for wait := time.Second; ; wait = 100 * time.Millisecond {
			select {
			case <-finished:
				return
			case <-time.After(wait):
				mu.Lock()
				fmt.Fprintf(&c.err, "\r\x1b[K%s …", state)
				shown = true
				mu.Unlock()
			}
		}
	})
	set = func(done, total int) {
		mu.Lock()
		defer mu.Unlock()
		state = fmt.Sprintf("Writing %d of %d files", done, total)
	}
	stop = func() {
		close(finished)
		wg.Wait()
		if shown {
			fmt.Fprint(&c.err, "\r\x1b[K")
		}
	}
	return set, stop
}
