package packages

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/generator/page"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/topology"
)

// script is what publishers run: S3 has no upload of packages as an index has.
//
//go:embed publish.py
var script string

// placePage is for those who install and for those who publish.
func placePage(p topology.Place, of []index) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Package indexes of account.%s in %s\n\nHow to install from them, and how to publish.\n", p.Account.Name, p.Region)
	for _, i := range of {
		fmt.Fprintf(&b, "\n## package_index.%s\n\nPython packages in the bucket %s.\n", i.Name, page.Code(i.Bucket.Bucket))
		i.installing(&b)
		i.publishing(&b)
	}
	b.WriteString("\n## The script of publishers\n\n`publish.py`, which needs Python 3.9 and the AWS CLI:\n\n" + page.Fenced("python", script))
	return b.String()
}

// url is where pip finds the index: S3's own address of the bucket. Website hosting is not needed, and knows no TLS.
// Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
func (i index) url() string {
	b := i.Bucket
	return "https://" + b.Bucket + ".s3." + b.Region + "." + b.Account.Partition.DNSSuffix + "/simple/"
}

func (i index) installing(b *strings.Builder) {
	b.WriteString("\n### Installing\n\nThese install, from there alone. Nobody signs in.\n\n| who | from |\n|---|---|\n")
	for _, g := range i.Bucket.Readers {
		fmt.Fprintf(b, "| runner.%s | %s |\n", g.Runner.Name, strings.Join(from(g), " or "))
	}
	if i.Proxy != nil {
		for _, g := range i.Proxy.Readers {
			fmt.Fprintf(b, "| runner.%s | %s, through the proxy |\n", g.Runner.Name, strings.Join(from(g), " or "))
		}
	}
	if len(i.Bucket.Readers) > 0 {
		fmt.Fprintf(b, "\nIn `pip.conf`, or as `PIP_INDEX_URL`:\n\n%s", page.Fenced("ini", "[global]\nindex-url = "+i.url()))
	}
	if i.Proxy != nil {
		fmt.Fprintf(b, "\nThrough the proxy, whose address is known after apply:\n\n%s\nIt hands out files of up to 10 MB, which is the most that API Gateway answers with.\n",
			page.Fenced("sh", "export PIP_INDEX_URL=$(terraform -chdir="+page.Shell(i.stack())+" output -raw "+page.Shell(i.Name+"_proxy_url")+")"))
	}
	b.WriteString("\nLet it be the only index. With `extra-index-url` pip takes the highest version from anywhere, and a stranger's package of the same name\n" +
		"wins: put what you need of others into this one. What is not there is a 403 without the proxy, since readers may not list.\n")
}

func (i index) publishing(b *strings.Builder) {
	b.WriteString("\n### Publishing\n\n")
	if len(i.Bucket.Writers) == 0 {
		fmt.Fprintf(b, "Nobody publishes but administrators. Write `publishers = [runner.NAME]` in package_index.%s.\n", i.Name)
	} else {
		b.WriteString("| who | as | from |\n|---|---|---|\n")
		for _, g := range i.Bucket.Writers {
			fmt.Fprintf(b, "| %s | %s | %s |\n", who(g), page.Code(g.ARN), strings.Join(from(g), " or "))
		}
	}
	fmt.Fprintf(b, "\nFiles and the page of their project lie below its name as the index standard has it: lower case, and each run of `-`, `_` and `.` a\n"+
		"single `-`, so that `Acme.Tools_core` is `simple/acme-tools-core/`. The script at the end does it, after `python3 -m build`:\n\n%s",
		page.Fenced("sh", "python3 publish.py "+page.Shell(i.Bucket.Bucket)+" "+i.Bucket.Region+" dist/*"))
	b.WriteString("\nTo take a file away, delete it (`aws s3 rm`), and publish another of its project: that writes the page anew. One at a time: of two\n" +
		"who publish the same project at once, one may write a page without the other's file.\n")
	done := map[string]bool{}
	for _, g := range i.Bucket.Writers {
		switch {
		case done[g.ARN]:
		case g.Role != nil:
			up := strings.Repeat("../", 3)
			fmt.Fprintf(b, "\nThe pipeline assumes role.%s first, as [its page](%s%s/README.md) says.\n", g.Role.Name, up, g.Role.Account.Global().Stack(topology.IdentityLayer))
		case g.Runner.Build == nil:
			fmt.Fprintf(b, "\nThe policies of %s, which are not made here, have to allow this:\n\n%s", page.Code(g.ARN), documentText(i.asked()...))
		}
		done[g.ARN] = true
	}
}

// asked is what a publisher's own policies have to allow.
func (i index) asked() []policy.Statement {
	var out []policy.Statement
	for _, p := range i.Bucket.Publishing() {
		out = append(out, policy.Statement{Effect: policy.Allow, Actions: p.Actions, Resources: policy.Literals(p.Resources...)})
	}
	return out
}

func who(g *topology.Grant) string {
	if g.Role != nil {
		return "runner." + g.Runner.Name + ", with a session of role." + g.Role.Name
	}
	return "runner." + g.Runner.Name
}

// from is where a grant's requests come from, in words.
func from(g *topology.Grant) []string {
	var out []string
	for _, d := range g.From {
		if d.Endpoint != nil {
			out = append(out, "the S3 endpoint of network."+d.Endpoint.Name)
			continue
		}
		for _, a := range d.Addresses {
			out = append(out, page.Code(a.String()))
		}
		for _, n := range d.NATs {
			out = append(out, "the NAT gateways of network."+n.Name)
		}
	}
	return out
}

// documentText is a policy as people paste it.
func documentText(statements ...policy.Statement) string {
	var b bytes.Buffer
	d := policy.Document{Statements: statements}
	if err := json.Indent(&b, []byte(d.JSON()), "", "  "); err != nil {
		panic(err) // it is JSON
	}
	return page.Fenced("json", b.String())
}
