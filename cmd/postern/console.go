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

	"github.com/postern-dev/postern/generator/guard"
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

// printf prints text. Where it is redirected to, it is what it is; a terminal shows it, and obeys none of it.
func (s *sink) printf(format string, args ...any) {
	fmt.Fprint(s, s.shown(fmt.Sprintf(format, args...)))
}

// shown is text as it is printed.
func (s *sink) shown(text string) string {
	if s.terminal {
		return guard.Visible(text)
	}
	return text
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
	shown := excerpts{files: files, colour: colour}
	for _, d := range diags {
		var b strings.Builder
		fits := *d
		fits.Summary, fits.Detail = guard.Visible(d.Summary), wrap(guard.Visible(d.Detail), c.err.width)
		if err := hcl.NewDiagnosticTextWriter(&b, nil, 0, colour).WriteDiagnostic(&fits); err != nil {
			panic(err) // a builder never fails
		}
		text := b.String()
		if d.Subject != nil {
			here := fmt.Sprintf("  on %s line %d:\n  (source code not available)\n\n", d.Subject.Filename, d.Subject.Start.Line)
			text = strings.Replace(text, here, shown.of(d), 1)
		}
		fmt.Fprint(&c.err, text)
	}
}

// wrap breaks lines that are too long, but not those that are indented: paths and code stay in one piece, if that is no page long.
func wrap(text string, width int) string {
	const most = 1000
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, " ") {
			line = wordwrap.WrapString(line, uint(width))
		}
		for line := range strings.SplitSeq(line, "\n") {
			lines = append(lines, beginning(line, most))
		}
	}
	return strings.Join(lines, "\n")
}

// diff prints a unified diff.
func (c *console) diff(text string) {
	if !c.out.terminal || c.plain {
		c.out.printf("%s", text)
		return
	}
	colours := map[byte]string{'+': "\x1b[32m", '-': "\x1b[31m", '@': "\x1b[36m"}
	var b strings.Builder
	for line := range strings.Lines(guard.Visible(text)) {
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
