package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/proof"
)

// crowded is a spec of roles in one account for runners of all kinds: elsewhere, in sealed networks, behind NAT, with
// tokens and with ARNs.
func crowded(roles, runners int) string {
	var b strings.Builder
	b.WriteString(`
account "prod" {
  id     = "222222222222"
  region = "eu-west-1"
}

issuer "ci" {
  url       = "https://id.example.com"
  audiences = ["sts.amazonaws.com"]
}
`)
	for i := range runners {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, `
network "n%[1]d" {
  account = account.prod
  cidr    = "10.%[1]d.0.0/20"
  zones   = ["a", "b"]
}

runner "r%[1]d" {
  network = network.n%[1]d
  issuer  = issuer.ci
}
`, i)
		case 1:
			fmt.Fprintf(&b, "\nrunner \"r%[1]d\" {\n  addresses = [\"198.51.100.%[1]d\"]\n  principal = \"arn:aws:iam::333333333333:role/r%[1]d\"\n}\n", i)
		default:
			fmt.Fprintf(&b, "\nrunner \"r%[1]d\" {\n  addresses = [\"198.51.100.%[1]d\"]\n  issuer = issuer.ci\n}\n", i)
		}
	}
	for i := range roles {
		fmt.Fprintf(&b, `
role "role-%[1]d" {
  account  = account.prod
  runners  = [runner.r%[2]d, runner.r%[3]d]
  subjects = ["team:app-%[1]d:*"]
  guard    = %[4]q
  allow {
    actions   = ["ecs:UpdateService"]
    resources = ["arn:aws:ecs:eu-west-1:222222222222:service/app-%[1]d/*"]
  }
}
`, i, i%(runners/5)*5, i%(runners/5)*5+2, []string{"assume", "session"}[i%2])
	}
	return b.String()
}

func BenchmarkRoles(b *testing.B) {
	const runners = 50
	for _, n := range []int{250, 500, 1000} {
		b.Run(fmt.Sprintf("roles=%d/runners=%d", n, runners), func(b *testing.B) {
			s := fromSpec(b, crowded(n, runners))
			for b.Loop() {
				require.Empty(b, proof.Prove(s.topology, s.files).Failures)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/role")
		})
	}
}
