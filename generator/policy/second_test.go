//go:build engines

package policy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A SecondOpinion has the simulator decide requests while they are made.
type SecondOpinion struct {
	t              *testing.T
	in             io.WriteCloser
	buffer         *bufio.Writer
	open           chan testCase // asked, and not yet answered
	done           chan bool
	asked, settled int
	agreed         map[string]int // by outcome
	disagreements  int
	kinds          map[string]int // of disagreements
	never          map[string]int // made, by reason
}

// NewSecondOpinion starts the simulator.
func NewSecondOpinion(t *testing.T) *SecondOpinion {
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(simulator(t), "engine.mjs"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	o := &SecondOpinion{
		t: t, in: in, buffer: bufio.NewWriter(in), open: make(chan testCase, 1<<12), done: make(chan bool),
		agreed: map[string]int{}, kinds: map[string]int{}, never: map[string]int{},
	}
	go func() {
		defer close(o.done)
		lines := bufio.NewScanner(out)
		for c := range o.open {
			if !assert.True(t, lines.Scan(), "the simulator has stopped: %v", lines.Err()) {
				return
			}
			o.compare(c, lines.Text())
		}
	}()
	return o
}

func (o *SecondOpinion) compare(c testCase, theirs string) {
	ours := c.decide()
	if ours.Outcome.String() == theirs {
		o.agreed[theirs]++
		return
	}
	o.disagreements++
	r := c.Request
	kind := fmt.Sprintf("the simulator says %s, we say %s: %s, caller %d, %s", theirs, ours.Outcome, c.Policies[len(c.Policies)-1].Kind, r.Caller.kind, r.Action)
	if o.kinds[kind]++; o.kinds[kind] == 1 { // one of each
		o.t.Errorf("%s\n%s\n%s", kind, ours, c)
	}
}

// neverMade says why nobody makes a request, or why a policy of the caller's is none.
func neverMade(r Request, p *Policy) string {
	action, resource := strings.ToLower(r.Action), r.Resource.String()
	switch {
	case !p.Kind.namesPrincipals() && (!r.Caller.isIAM() || r.Caller.IsRoot()):
		return "the caller cannot have a policy of its own"
	case r.Caller.IsFederated() && !strings.HasPrefix(action, "sts:assumerolewith"):
		return "a token or assertion is for assuming a role"
	case strings.HasPrefix(action, "kms:") && strings.Contains(resource, ":key/") && !strings.HasPrefix(resource, "arn:aws:kms:"):
		return "what KMS is asked for is no key of it"
	}
	return ""
}

// Ask has a request decided by a policy and those beside it, if it is one that is made and is not settled by AWS's documentation. Beside
// others than users and roles, an identity policy that allows everything stands for what the simulator does not know: that the root user may
// do everything, and that a token is of no account.
func (o *SecondOpinion) Ask(r Request, p *Policy) {
	if why := neverMade(r, p); why != "" {
		o.never[why]++
		return
	}
	c := testCase{r, append(beside(p), p)}
	if c.settled() {
		o.settled++
		return
	}
	line, err := json.Marshal(wire(c))
	require.NoError(o.t, err)
	_, err = o.buffer.Write(append(line, '\n'))
	require.NoError(o.t, err)
	o.asked++
	select {
	case o.open <- c:
	case <-o.done:
		o.t.FailNow()
	}
}

// Finish waits for the last opinion, and reports.
func (o *SecondOpinion) Finish() {
	require.NoError(o.t, o.buffer.Flush())
	require.NoError(o.t, o.in.Close())
	close(o.open)
	<-o.done
	o.t.Logf("%d requests: %d disagreements; agreements: %v; %d more are settled by AWS's documentation", o.asked, o.disagreements, o.agreed, o.settled)
	o.t.Logf("requests that are never made: %v", o.never)
	for kind, n := range o.kinds {
		o.t.Logf("%d times %s", n, kind)
	}
	assert.Zero(o.t, o.disagreements)
}
