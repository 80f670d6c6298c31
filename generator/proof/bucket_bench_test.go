package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/proof"
)

// copied is a spec of replications from one account into others, each of them with the same publisher.
func copied(replications, accounts int) string {
	var b strings.Builder
	account := func(name string, id int) {
		fmt.Fprintf(&b, "\naccount %q {\n  id     = \"%012d\"\n  region = \"eu-west-1\"\n}\n", name, id)
	}
	account("ci", 111111111111)
	for i := range accounts {
		account(fmt.Sprintf("d%d", i), 200000000000+i)
	}
	var names []string
	for i := range replications {
		names = append(names, fmt.Sprintf("replication.r%d", i))
		fmt.Fprintf(&b, "\nreplication \"r%d\" {\n  from { account = account.ci }\n  to { account = account.d%d }\n  prefix = \"public/\"\n}\n", i, i%accounts)
	}
	fmt.Fprintf(&b, `
runner "jenkins" {
  addresses = ["198.51.100.7"]
  principal = "arn:aws:iam::111111111111:role/jenkins"
  publish   = [%s]
}
`, strings.Join(names, ", "))
	return b.String()
}

func BenchmarkReplications(b *testing.B) {
	for _, n := range []int{125, 250, 500} {
		b.Run(fmt.Sprintf("replications=%d", n), func(b *testing.B) {
			s := fromSpec(b, copied(n, n/20))
			for b.Loop() {
				require.Empty(b, proof.Prove(s.topology, s.files).Failures)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/replication")
		})
	}
}
