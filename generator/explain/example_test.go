package explain_test

import (
	"fmt"

	"github.com/postern-dev/postern/blueprints"
	"github.com/postern-dev/postern/generator"
)

func Example() {
	result, _ := generator.Request{Spec: "../../examples/gitlab", Output: "live"}.Generate(blueprints.All)
	x, err := result.Explain("aws_iam_openid_connect_provider.gitlab")
	fmt.Println(x.Address, err)
	for _, section := range x.Sections {
		for _, fact := range section.Facts {
			fmt.Printf("%s: %s\n", section.Title, fact.Text)
		}
	}
	// Output:
	// issuer.gitlab <nil>
	// Its providers: account.prod: arn:aws:iam::222222222222:oidc-provider/gitlab.example.com, made here
	// Who shows its tokens: runner.gitlab, machines in network.shared
	// Which roles believe them: role.deploy
	// Which roles believe them: role.release
	// In the spec: issuer.gitlab
	// In the output: aws_iam_openid_connect_provider.gitlab
}
