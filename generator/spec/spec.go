// Package spec reads what the user wrote: HCL in its native syntax or its JSON form, decoded into plain
// structs that keep the source range of everything a later phase can object to.
//
// What is here is well-formed (types, required arguments, references to blocks that exist) and not yet
// known to make sense: that is for package topology.
package spec

import "github.com/hashicorp/hcl/v2"

// A Spec is everything the user wrote, each kind of block sorted by name: their order in the files means nothing.
type Spec struct {
	Settings       Settings
	Accounts       []*Account
	Networks       []*Network
	Repositories   []*Repository
	Images         []*Image
	Issuers        []*Issuer
	Runners        []*Runner
	Roles          []*Role
	Replications   []*Replication
	Distributions  []*Distribution
	PackageIndexes []*PackageIndex
	Unknown        []hcl.Range // arguments that could not be worked out, by a mistake that Load has reported elsewhere

	inputs Inputs
}

// Inputs are what the spec follows from, if there are no mistakes in it.
func (s *Spec) Inputs() Inputs { return s.inputs }

// A Value is one argument and where it was written. The zero Value was not written.
type Value[T any] struct {
	V     T
	Range hcl.Range // the expression
}

// IsSet tells whether the argument was written, and not as null. What was written and not understood, which Load has
// reported, is set with a zero V.
func (v Value[T]) IsSet() bool { return v.Range.Filename != "" }

// Or returns the argument, or what it defaults to.
func (v Value[T]) Or(def T) T {
	if v.IsSet() {
		return v.V
	}
	return def
}

// A List is a list argument. Elements keep their own ranges where the list is written out as [a, b, c];
// otherwise (a for expression, a reference to a local) each carries the range of the whole expression.
type List[T any] = Value[[]Value[T]]

// A Map is an argument of names and values, sorted by name.
type Map = Value[[]Pair]

// A Pair is one entry of a Map.
type Pair struct {
	Key   string
	Value Value[string]
}

// A Ref is a reference to another block: account.tooling, image.app.
type Ref = Value[Target]

// A Target names a block of the spec. The block exists and is of a kind that the argument takes.
type Target struct {
	Kind string // "account", "network", "repository", "image", "issuer", "runner", "role", "replication", "distribution", "package_index"
	Name string
}

func (t Target) String() string { return t.Kind + "." + t.Name }

// An opening is a header and, of a block inside another, the other's.
type opening struct{ inner, outer *Header }

// openings are those of the blocks in which a later phase may miss something.
func (s *Spec) openings() []opening {
	var all []opening
	add := func(h, outer *Header) { all = append(all, opening{h, outer}) }
	for _, b := range s.Networks {
		add(&b.Header, nil)
	}
	for _, b := range s.Issuers {
		add(&b.Header, nil)
		if b.Form != nil {
			add(&b.Form.Header, &b.Header)
		}
	}
	for _, b := range s.Runners {
		add(&b.Header, nil)
		if b.CodeBuild != nil {
			add(&b.CodeBuild.Header, &b.Header)
		}
		if b.Hosted != nil {
			add(&b.Hosted.Header, &b.Header)
		}
	}
	for _, b := range s.Roles {
		add(&b.Header, nil)
		for _, in := range b.Allow {
			add(&in.Header, &b.Header)
		}
	}
	for _, b := range s.Replications {
		add(&b.Header, nil)
		for _, in := range b.Sides() {
			add(&in.Header, &b.Header)
		}
	}
	for _, b := range s.Distributions {
		add(&b.Header, nil)
	}
	for _, b := range s.PackageIndexes {
		add(&b.Header, nil)
	}
	return all
}

// A Header is the opening line of a block.
type Header struct {
	Name   string    // the label; empty for postern
	Range  hcl.Range // the type and the label, not the body
	Flawed bool      // Load has reported a mistake in the block, or could not work it out, so what seems to be missing may be there
}

// Settings is the postern block. Without one every field is zero.
type Settings struct {
	Header
	Prefix     Value[string] // starts the names of roles, projects, keys and log groups
	Output     Value[string] // where the tree goes, relative to the spec
	Encryption Value[string] // "kms" or "aws"
	Tags       Map
	State      *State
}

// A State is the state block of postern: the S3 backend that holds every stack's Terraform state.
type State struct {
	Header
	Bucket Value[string]
	Region Value[string]
}

// An Account is an account block.
type Account struct {
	Header
	ID         Value[string]
	Region     Value[string]
	DeployRole Value[string] // a role's name or ARN
}

// A Network is a network block: a VPC to be made (CIDR, Zones, Egress, FlowLogs) or an existing one
// (VPCID, SubnetIDs, RouteTableIDs, Egress).
type Network struct {
	Header
	Account       Ref
	Region        Value[string]
	CIDR          Value[string]
	Zones         List[string]
	Egress        Value[string]
	FlowLogs      Value[bool]
	VPCID         Value[string]
	SubnetIDs     List[string]
	RouteTableIDs List[string]
	NATAddresses  List[string] // of an existing VPC with NAT: what its requests come from
	Transition    Value[bool]  // roles admit its runners through the STS endpoint and from its NAT addresses
}

// A Repository is a repository block: a CodeCommit repository.
type Repository struct {
	Header
	Account     Ref
	Region      Value[string]
	Repo        Value[string] // argument name; the block's label otherwise
	Description Value[string]
}

// An Image is an image block: an ECR repository.
type Image struct {
	Header
	Account Ref
	Region  Value[string]
	Repo    Value[string] // argument name; the block's label otherwise
	Keep    Value[int]    // how many images the lifecycle policy keeps
	Readers List[Target]  // accounts that may pull
}

// An Issuer is an issuer block: who signs the tokens that runners show. It has at most one form; without one it is
// generic, with a URL and audiences.
type Issuer struct {
	Header
	URL       Value[string] // generic only
	Audiences List[string]  // what tokens are for; each form has a default
	Existing  List[Target]  // accounts that have the OIDC provider already
	Form      *IssuerForm
}

// An IssuerForm is the block inside an issuer that says whose it is, with the arguments of that form.
type IssuerForm struct {
	Header
	Kind           string        // "bitbucket", "github", "gitlab", "jenkins", "buildkite" or "circleci"
	Workspace      Value[string] // bitbucket: the workspace's slug
	WorkspaceUUID  Value[string] // bitbucket
	URL            Value[string] // github, gitlab: of an instance of one's own; jenkins: of the controller
	Organization   Value[string] // buildkite: its slug
	OrganizationID Value[string] // circleci
}

// A Runner is a runner block: a CodeBuild project, a machine in a network, or one elsewhere. How it shows who it is:
// a CodeBuild project by its own role, others by tokens of an issuer or as an IAM principal that exists.
type Runner struct {
	Header
	Account   Ref // where the writer believes the network to be
	Network   Ref
	Addresses List[string] // public ones of a runner elsewhere; private ones inside its network
	Issuer    Ref
	Principal Value[string] // ARN of an IAM role or user
	Uses      List[string]  // endpoint services, of a runner in a network that is no CodeBuild project
	Publish   List[Target]  // replications whose source it writes into
	CodeBuild *CodeBuild
	Hosted    *Hosted
}

// A Hosted is the hosted block of a runner: it runs at a vendor's. Its addresses are the runner's, among many customers'.
type Hosted struct {
	Header
	Vendor    Value[string]
	Regions   List[string] // AWS regions in which the vendor has machines
	Endpoints List[string] // services that the vendor's machines reach through VPC endpoints of the vendor's
}

// A Role is a role block: a role that runners assume.
type Role struct {
	Header
	Account    Ref
	Role       Value[string] // argument name; the prefix and the block's label otherwise
	Runners    List[Target]
	Claims     map[string]List[string] // what tokens say, by argument: "repositories", "environments", …; those that are written
	Allow      []*Allow
	Managed    List[string]  // argument managed_policies: ARNs
	Boundary   Value[string] // argument permissions_boundary: an ARN
	MaxSession Value[int]    // seconds
	Guard      Value[string] // "assume" or "session"
	Publish    List[Target]  // replications whose source its sessions write into
}

// An Allow is an allow block of a role.
type Allow struct {
	Header
	Actions   List[string]
	Resources List[string]
}

// A CodeBuild is the codebuild block of a runner.
type CodeBuild struct {
	Header
	Image       Value[string] // what the build runs in: an AWS image's name, or "${image.x.url}:TAG"
	Compute     Value[string]
	Type        Value[string]
	Docker      Value[bool]
	Source      Value[Source]
	Buildspec   Value[string]
	Timeout     Value[int] // minutes
	Environment Map
	Secrets     Map // environment variable to secret
	Parameters  Map // environment variable to parameter
	Push        List[Target]
	Pull        List[Target]
	Read        List[string] // bucket ARNs
	Write       List[string] // bucket ARNs
	Keys        List[string] // KMS key ARNs
	Assume      List[string] // role ARNs
	Uses        List[string] // endpoint services
}

// A Source is what a build starts from: a reference to a repository block, or the ARN of an S3 object.
type Source struct {
	Block *Target
	ARN   string
}

// A Replication is a replication block: S3 copies what is written into one bucket to others.
type Replication struct {
	Header
	From            *Side
	To              []*Side
	Prefix          Value[string]
	ObjectTags      Map
	Encryption      Value[string] // "kms" or "aws"; the postern block's otherwise
	TimeControl     Value[bool]
	DeleteMarkers   Value[bool]
	NoncurrentDays  Value[int]
	ExistingObjects Value[bool] // S3 Batch Replication may use the role
}

// Sides are the from block, if there is one, and the to blocks.
func (r *Replication) Sides() []*Side {
	if r.From == nil {
		return r.To
	}
	return append([]*Side{r.From}, r.To...)
}

// A Side is a from or a to block of a replication: a bucket to be made, or an existing one.
type Side struct {
	Header
	Account      Ref
	Region       Value[string]
	Bucket       Value[string]
	Existing     Value[bool]
	Versioning   Value[bool]   // of an existing bucket: that it has it
	StorageClass Value[string] // of a to block
	KMSKey       Value[string] // argument kms_key, of an existing bucket: the ARN of its key
}

// A Distribution is a distribution block: CloudFront in front of a bucket.
type Distribution struct {
	Header
	Account     Ref
	Origin      Ref           // a replication: its bucket in the account, a destination or the source
	Region      Value[string] // of that bucket, if several are in the account
	Aliases     List[string]
	Certificate Value[string] // ARN
	Index       Value[string]
	Access      Value[string] // "control" or "identity"
	Identity    Value[string] // ID of an existing origin access identity
	Logs        Value[bool]
}

// A PackageIndex is a package_index block: a private index of Python packages in a bucket.
type PackageIndex struct {
	Header
	Account        Ref
	Region         Value[string]
	Bucket         Value[string]
	Readers        List[Target]
	Publishers     List[Target] // runners, and roles whose sessions publish
	Administrators List[string] // ARNs of roles and users that the bucket never refuses, beside the account's deploy_role
	Proxy          Value[bool]
	NoncurrentDays Value[int]
}
