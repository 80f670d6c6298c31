package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// accounts and bitbucket are what specs of these tests begin with.
const (
	accounts = account + `
account "prod" {
  id     = "222222222222"
  region = "eu-central-1"
}
`
	bitbucket = `
issuer "bitbucket" {
  bitbucket {
    workspace      = "acme"
    workspace_uuid = "3f6b1c1e-7d0a-4c53-9d5e-0a1b2c3d4e5f"
  }
}
`
	repo = `repositories = ["{c3d4e5f6-0000-4000-8000-000000000001}"]`
)

// natNetwork is network.NAME with NAT.
func natNetwork(name, cidr, more string) string {
	return fmt.Sprintf("network %q {\n account = account.tooling\n cidr = %q\n zones = [\"a\", \"b\"]\n egress = \"nat\"\n %s\n}\n", name, cidr, more)
}

// office is a runner elsewhere.
func office(name string, addresses ...string) string {
	return fmt.Sprintf("runner %q {\n addresses = [\"%s\"]\n issuer = issuer.bitbucket\n}\n", name, strings.Join(addresses, `", "`))
}

// machine is somebody's runner in a network.
func machine(name, network, more string) string {
	return fmt.Sprintf("runner %q {\n network = network.%s\n issuer = issuer.bitbucket\n %s\n}\n", name, network, more)
}

// roleOf is a role with one permission.
func roleOf(name, runners, more string) string {
	return fmt.Sprintf("role %q {\n account = account.prod\n runners = [%s]\n %s\n allow {\n  actions = [\"ecs:UpdateService\"]\n  resources = [\"*\"]\n }\n}\n", name, runners, more)
}

// shown is a door in one line.
func shown(d *Door) string {
	var who []string
	for _, r := range d.Runners {
		who = append(who, r.Name)
	}
	from := joined(d.Addresses, ",")
	for _, n := range d.NATs {
		from += " nat:" + n.Name
	}
	if d.Endpoint != nil {
		from += " in " + d.Endpoint.Name
	}
	how := strings.Join(d.Principals, ",")
	if d.Issuer != nil {
		how = d.Issuer.Name
	}
	return strings.Join(who, ",") + " as " + how + " from " + strings.TrimSpace(from)
}

func doors(r *Role) []string {
	out := []string{}
	for _, d := range r.Doors {
		out = append(out, shown(d))
	}
	return out
}

func TestDoors(t *testing.T) {
	const sealed = network
	tests := map[string]struct {
		spec string
		want []string
	}{
		"elsewhere": {office("o", "198.51.100.7") + roleOf("x", "runner.o", repo), []string{"o as bitbucket from 198.51.100.7/32"}},
		"elsewhere twice": {office("o", "198.51.100.6") + office("p", "198.51.100.7", "2001:db8::/32") + roleOf("x", "runner.p, runner.o", repo),
			[]string{"o,p as bitbucket from 198.51.100.6/31,2001:db8::/32"}},
		"sealed":              {sealed + machine("m", "ci", "") + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/23 in ci"}},
		"NAT":                 {natNetwork("ci", "10.20.0.0/20", "") + machine("m", "ci", "") + roleOf("x", "runner.m", repo), []string{"m as bitbucket from nat:ci"}},
		"NAT and endpoint":    {natNetwork("ci", "10.20.0.0/20", "") + machine("m", "ci", `uses = ["sts"]`) + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/23 in ci"}},
		"in transition":       {natNetwork("ci", "10.20.0.0/20", "transition = true") + machine("m", "ci", "") + roleOf("x", "runner.m", repo), []string{"m as bitbucket from nat:ci", "m as bitbucket from 10.20.0.0/23 in ci"}},
		"addresses in sealed": {sealed + machine("m", "ci", `addresses = ["10.20.0.0/28"]`) + roleOf("x", "runner.m", repo), []string{"m as bitbucket from 10.20.0.0/28 in ci"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, doors(resolve(t, accounts+bitbucket+test.spec).Roles[0]))
		})
	}
}
