package spec

import "github.com/zclconf/go-cty/cty"

// Settings is the postern block. Without one its defaults hold.
type Settings struct {
	Header
	Prefix     Value[string] // starts the names of roles, projects, keys and log groups
	Output     Value[string] // where the tree goes, relative to the spec
	Encryption Value[string] // one of Encryptions
	Tags       Map
	State      *State
}

// A State is the state block of postern: the S3 backend that holds every stack's Terraform state.
type State struct {
	Header
	Bucket Value[string]
	Region Value[string]
}

// Encryptions are who looks after keys: the customer or AWS.
var Encryptions = []string{"kms", "aws"}

func (s *Settings) declare() *Kind {
	return &Kind{
		Word: "postern", Noun: "a postern block",
		About: "The settings of the spec as a whole. It may be left out, and there is one at most.",
		After: "The key of a state in the bucket is the prefix and the path of its stack. Two specs with accounts of the same label need\n" +
			"prefixes of their own, and output folders of their own: a folder holds the tree of one spec.",
		Parameters: []Parameter{
			{Name: "prefix", Type: text(&s.Prefix, "postern"), Example: `"acme"`, Meaning: "starts the names of roles, projects, groups and keys; 2 to 20 characters"},
			{Name: "output", Type: text(&s.Output, "live"), Example: `"live"`, Meaning: "the output folder, below the spec's folder"},
			{Name: "encryption", Type: choice(&s.Encryption, Encryptions), Example: `"kms"`, Meaning: "customer-managed keys, or what AWS does by itself"},
			{Name: "tags", Type: pairs(&s.Tags), Example: `{ owner = "platform" }`, Otherwise: "`{}`", Meaning: "on everything that takes tags, through the provider's `default_tags`"},
		},
		Inner: []*Kind{single(&s.State, (*State).declare)},
	}
}

func (s *State) declare() *Kind {
	return &Kind{
		Word: "state", Noun: "a state block", Meaning: "the S3 bucket of Terraform's state", Otherwise: "state in files",
		Parameters: []Parameter{
			{Name: "bucket", Type: text(&s.Bucket), Required: true, Example: `"acme-terraform-state"`, Meaning: "its name; it exists already"},
			{Name: "region", Type: text(&s.Region), Required: true, Example: `"eu-west-1"`, Meaning: "the bucket's"},
		},
	}
}

// prefix is the one of the settings.
func (e *evaluator) prefix() cty.Value {
	if e.postern != nil {
		if prefix := e.text(e.postern, "prefix"); !prefix.IsKnown() || !prefix.IsNull() {
			return prefix
		}
	}
	return cty.StringVal(e.spec.Settings.Prefix.V) // the default, as nothing is written
}
