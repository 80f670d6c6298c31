package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const flawless = `issuer "one" {
  github {
    #1
  }
  #2
}
network "n" {
  account = account.a
  #3
}
runner "r" {
  network = network.n
  codebuild {
    #4
  }
  hosted {
    vendor  = "x"
    regions = []
    #5
  }
  #6
}
role "s" {
  account = account.a
  runners = [runner.r]
  allow {
    actions   = []
    resources = []
    #7
  }
  allow {
    actions   = []
    resources = []
  }
  #8
}
replication "t" {
  from {
    account = account.a
    #9
  }
  to {
    account = account.a
    #A
  }
  #B
}
distribution "u" {
  account = account.a
  origin  = replication.t
  #C
}
package_index "v" {
  account    = account.a
  readers    = []
  publishers = []
  #D
}
`

// TestFlawed puts a mistake at each mark, and looks which blocks a later phase is warned of: the one that the mistake is in,
// and where it follows an inner block, at least that one.
func TestFlawed(t *testing.T) {
	for mark, want := range map[string][]string{
		"#0": nil,
		"#1": {"issuer", "github"},
		"#2": {"issuer", "github"},
		"#3": {"network"},
		"#4": {"runner", "codebuild"},
		"#5": {"runner", "hosted"},
		"#6": {"runner", "hosted"},
		"#7": {"role", "allow"},
		"#8": {"role", "second allow"},
		"#9": {"replication", "from"},
		"#A": {"replication", "to"},
		"#B": {"replication", "to"},
		"#C": {"distribution"},
		"#D": {"package index"},
	} {
		spec, _ := loadText(t, strings.ReplaceAll(flawless, mark, "nonsense = 1"))
		runner, role, replication := spec.Runners[0], spec.Roles[0], spec.Replications[0]
		var flawed []string
		for name, h := range map[string]Header{
			"issuer": spec.Issuers[0].Header, "github": spec.Issuers[0].Form.Header, "network": spec.Networks[0].Header,
			"runner": runner.Header, "codebuild": runner.CodeBuild.Header, "hosted": runner.Hosted.Header,
			"role": role.Header, "allow": role.Allow[0].Header, "second allow": role.Allow[1].Header,
			"replication": replication.Header, "from": replication.From.Header, "to": replication.To[0].Header,
			"distribution": spec.Distributions[0].Header, "package index": spec.PackageIndexes[0].Header,
		} {
			if h.Flawed {
				flawed = append(flawed, name)
			}
		}
		slices.Sort(flawed)
		slices.Sort(want)
		assert.Equal(t, want, flawed, mark)
	}
}

// TestFlawedInAnotherFile holds that files are told apart, whatever their names.
func TestFlawedInAnotherFile(t *testing.T) {
	spec, _, diags := Load(folderWith(t, map[string]string{
		"a.hcl": account, "b.hcl": "network \"b\" {\n  account = account.a\n}\n",
		"c.hcl": "image \"x\" {\n  nonsense = 1\n}\n", "d.hcl": "network \"d\" {\n}\n",
	}))
	assert.Len(t, diags, 3)
	assert.False(t, spec.Networks[0].Flawed)
	assert.True(t, spec.Networks[1].Flawed)
}
