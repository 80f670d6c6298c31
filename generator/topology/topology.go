// Package topology is what a spec means: accounts, places, networks and runners that point at each other, defaults
// filled in, and for every request that a runner's work makes, the path it takes.
//
// A Topology holds no contradictions: package resolve reports them with the line of the spec. So later phases do not check.
package topology

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/policy"
)

// A Topology is everything that a spec asks for. Every list is sorted by name.
type Topology struct {
	Prefix         string // starts the names of roles, projects, groups and keys
	Output         string // the output folder as the spec has it, slash-separated
	Encrypted      bool   // with customer-managed keys
	Tags           []Tag
	State          *State // nil: each stack keeps its state in its own folder
	Accounts       []*Account
	Networks       []*Network
	Things         []Thing // images, repositories and whatever else stands by itself, by kind
	Issuers        []*Issuer
	Runners        []*Runner
	Roles          []*Role
	Buckets        []*Bucket // of replications and package indexes, by place and name
	Replications   []*Replication
	Distributions  []*Distribution
	PackageIndexes []*PackageIndex
}

// Blocks are all of the topology, by kind, in the order in which pages tell of them, and by name. A kind that is not here does not exist for whatever follows, so a test
// holds this list against the fields of Topology.
func (t *Topology) Blocks() []Block {
	return slices.Concat(
		blocks(t.Accounts),
		blocks(t.Networks),
		blocks(t.Things),
		blocks(t.Distributions),
		blocks(t.PackageIndexes),
		blocks(t.Issuers),
		blocks(t.Roles),
		blocks(t.Runners),
		blocks(t.Replications),
	)
}

// CodeBuilds are the runners that are CodeBuild projects.
func (t *Topology) CodeBuilds() []*Runner {
	return slices.DeleteFunc(slices.Clone(t.Runners), func(r *Runner) bool { return r.Build == nil })
}

// A Tag is put on everything that takes tags.
type Tag struct{ Key, Value string }

// State is the S3 bucket that holds the Terraform state of every stack.
type State struct{ Bucket, Region string }

// An Account is an AWS account.
type Account struct {
	Name       string
	Range      hcl.Range // of the block's header
	ID         string
	Region     string
	Partition  aws.Partition
	DeployRole string // ARN of the role that Terraform assumes; empty: none
}

// Root is the ARN that stands for the whole account in a policy.
func (a *Account) Root() string { return a.Partition.ARN("iam", "", a.ID, "root") }

// A Place is one region of one account, or what an account has in no region.
type Place struct {
	Account *Account
	Region  string // or Global
}

// Global stands in a Place for no region: IAM's things belong to the whole account.
const Global = "global"

// Global is the place of what the account has in no region.
func (a *Account) Global() Place { return Place{a, Global} }

// Home is the region in which Terraform works on this place.
func (p Place) Home() string {
	if p.Region == Global {
		return p.Account.Region
	}
	return p.Region
}

// ARN is the ARN of something in this place.
func (p Place) ARN(service, resource string) string {
	return p.Account.Partition.ARN(service, p.Region, p.Account.ID, resource)
}

// A Layer is a step of the first apply. A stack reads only stacks of earlier layers.
type Layer string

// The layers in the order in which they are applied.
const (
	NetworkLayer  Layer = "network"
	StorageLayer  Layer = "storage"
	IdentityLayer Layer = "identity"
	DeliveryLayer Layer = "delivery"
)

// Layers in the order in which they are applied.
var Layers = []Layer{NetworkLayer, StorageLayer, IdentityLayer, DeliveryLayer}

// Stack is the folder of one layer in this place, relative to the tree's root: "tooling/eu-west-1/network",
// "prod/global/identity".
func (p Place) Stack(l Layer) string { return p.Account.Name + "/" + p.Region + "/" + string(l) }

// A Network is a VPC in which runners work: one to be made, or an existing one.
type Network struct {
	Name  string // the block's label
	Range hcl.Range
	VPC   string // the VPC's name
	// EndpointGroup is the name of the security group around the interface endpoints.
	EndpointGroup string
	Place
	CIDR     netip.Prefix // of a VPC to be made
	Zones    []Zone       // of a VPC to be made
	Existing *ExistingVPC
	NAT      bool // requests that no endpoint takes leave through NAT gateways; otherwise there is no way out
	// Transition says that requests to STS arrive through its endpoint or from the NAT addresses, and may do either.
	Transition bool
	FlowLogs   bool
	Runners    []*Runner
	Endpoints  []*Endpoint // sorted by service
}

// A Zone is one availability zone of a network and its subnets.
type Zone struct {
	Letter  string       // "a"
	Name    string       // "eu-west-1a"
	Private netip.Prefix // where runners and endpoints are
	Public  netip.Prefix // where the NAT gateway is, if the network has NAT
}

// An ExistingVPC is a VPC that somebody else made.
type ExistingVPC struct {
	ID            string
	SubnetIDs     []string
	RouteTableIDs []string
	NATAddresses  []netip.Prefix // known for an existing VPC; those of a new one are outputs of its stack
}

// An Endpoint is a VPC endpoint that the work in a network needs.
type Endpoint struct {
	Network *Network
	Service aws.Service
	Work    []*Access // what goes through it, by runner
}

// A Repository is a CodeCommit repository.
type Repository struct {
	Name  string // the block's label
	Range hcl.Range
	Place
	Repo        string // the repository's own name
	Description string
}

// ARN of the repository.
func (r *Repository) ARN() string { return r.Place.ARN("codecommit", r.Repo) }

// CloneURL is the HTTPS address that Git clones from.
func (r *Repository) CloneURL() string {
	return "https://git-codecommit." + r.Region + "." + r.Account.Partition.DNSSuffix + "/v1/repos/" + r.Repo
}

// An Image is an ECR repository.
type Image struct {
	Name  string // the block's label
	Range hcl.Range
	Place
	Repo    string // the repository's own name
	Keep    int    // how many images it keeps
	Readers []*Account
	Pullers []*Runner // runners of other accounts that pull
	Pushers []*Runner // runners of other accounts that push
}

// ARN of the repository.
func (i *Image) ARN() string { return i.Place.ARN("ecr", "repository/"+i.Repo) }

// URL is the name under which docker knows the repository, without a tag.
func (i *Image) URL() string {
	return i.Account.ID + ".dkr.ecr." + i.Region + "." + i.Account.Partition.DNSSuffix + "/" + i.Repo
}

// A Runner does the work: a CodeBuild project of ours (Build is set), a machine in a network of ours that somebody else
// runs (Build is nil, Network is set), or one elsewhere (both nil).
type Runner struct {
	Name      string    // the block's label
	Range     hcl.Range // of the block's header
	Network   *Network  // nil: elsewhere
	Group     string    // the name of its security group, in a network
	Project   string    // the CodeBuild project's name; empty without Build
	Role      string    // the name of the role that builds act as; empty without Build
	Build     *Build
	Issuer    *Issuer        // whose tokens it shows; nil: it has an ARN
	Principal string         // ARN of the IAM role or user that it is, of a runner that is neither a CodeBuild project nor has an issuer
	Addresses []netip.Prefix // public ones of a runner elsewhere; inside its network, the private ones, if narrower than the subnets or not known otherwise
	Hosted    *Hosted        // nil: it is somebody's own machine
	Roles     []*Role        // that it may assume, sorted by name
	Work      []*Access      // what its work asks of AWS, in the order of the spec's arguments
}

// Identity is the ARN that the runner's own requests are signed as; empty for one that has tokens alone.
func (r *Runner) Identity() string {
	if r.Build != nil {
		return r.RoleARN()
	}
	return r.Principal
}

// A Hosted runner is one of a vendor's machines, which come from addresses of the vendor's.
type Hosted struct {
	Vendor    string
	Regions   []string      // in which the vendor has machines
	Endpoints []aws.Service // that they reach through endpoints of the vendor's, in these regions
}

// An Issuer signs tokens that say what a runner works on.
type Issuer struct {
	Name          string // the block's label
	Form          string // "bitbucket", "github", "gitlab", "jenkins", "buildkite", "circleci"; empty: generic
	Range         hcl.Range
	URL           string     // as in the token's iss: "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
	Audiences     []string   // one of which a token is for; sorted
	Accounts      []*Account // that have a role for it, sorted by name
	Existing      []*Account // of these, those that have the provider already
	Instance      string     // of jenkins: the controller's address, without a slash at the end
	Organization  string     // of buildkite and circleci: the slug or ID in subjects
	WorkspaceUUID string     // of bitbucket
}

// Host is the issuer as IAM names it, in ARNs and in the keys of conditions: its URL without https://.
func (i *Issuer) Host() string { return strings.TrimPrefix(i.URL, "https://") }

// ProviderARN is the ARN of the issuer's OIDC provider in an account.
func (i *Issuer) ProviderARN(a *Account) string {
	return a.Partition.ARN("iam", "", a.ID, "oidc-provider/"+i.Host())
}

// A Role is an IAM role that runners assume. Everything of it is in its account's identity stack.
type Role struct {
	Name       string // the block's label
	Role       string // the role's own name
	Range      hcl.Range
	Account    *Account
	Runners    []*Runner // sorted by name
	Issuer     *Issuer   // of those runners that show tokens; nil: none does
	Subjects   []Subject // what tokens say, any of them; none without an issuer
	Doors      []*Door
	Allow      []Permission
	Managed    []string // ARNs of managed policies, sorted
	Boundary   string   // ARN of a managed policy; empty: none
	MaxSession int      // seconds
	Guard      bool     // sessions are worthless elsewhere (guard = "session")
	// Work is what sessions publish, beside what Allow has: permissions, of whichever runner's session.
	Work []*Access
}

// ARN of the role.
func (r *Role) ARN() string { return r.Account.Partition.ARN("iam", "", r.Account.ID, "role/"+r.Role) }

// A Permission is what a role allows, as the spec has it.
type Permission struct{ Actions, Resources []string }

// A Subject is one form of a token's sub that a role admits.
type Subject struct {
	Pattern string    // with * and ? as StringLike has them
	Example string    // a subject that the pattern matches, as the issuer writes them
	Others  []Another // subjects like it that nobody may come in with
}

// Another is a subject that a role must not admit.
type Another struct {
	What    string // "another repository"
	Subject string
}

// Wildcards tells whether any subject has a wildcard: then all are compared with StringLike, since two operators would
// both have to hold.
func (r *Role) Wildcards() bool {
	return slices.ContainsFunc(r.Subjects, func(s Subject) bool { return strings.ContainsAny(s.Pattern, "*?") })
}

// A Door is one way into a role: who, and from where.
type Door struct {
	Runners []*Runner // who come in here, sorted by name
	// Issuer is whose tokens they show. Without one they are signed in as Principals, by ARN, in their accounts.
	Issuer     *Issuer
	Principals []string
	// Endpoint is the network through whose STS endpoint they come, from Addresses inside it. Without one they come
	// over the internet, from Addresses and from the NAT gateways of the networks in NATs.
	Endpoint  *Network
	Addresses []netip.Prefix // aggregated and sorted
	NATs      []*Network     // new VPCs, whose NAT addresses are outputs of their stacks, sorted by name
}

// A Build is what a CodeBuild project runs.
type Build struct {
	Image       string
	FromECR     bool // Image is in ECR, where the role reads it
	Compute     string
	Type        string
	Docker      bool
	Repository  *Repository // the source; at most one of Repository and Object
	Object      string      // ARN of an S3 object
	Buildspec   string      // its text, a path in the source or the ARN of an S3 object; empty: buildspec.yml
	Timeout     int         // minutes
	Environment []Variable  // sorted by name
}

// ObjectPath is the source object as CodeBuild names it: "BUCKET/KEY".
func (b Build) ObjectPath() string { return b.Object[strings.LastIndex(b.Object, ":")+1:] }

// A Variable is an environment variable of a build.
type Variable struct {
	Name  string
	Type  string // "PLAINTEXT", "SECRETS_MANAGER" or "PARAMETER_STORE"
	Value string
}

// A Deed is what is done with an access.
type Deed struct {
	Does string // "pushes image.app": what follows the runner's name in a reason
	Of   Block  // what it is done with: whoever does it needs that block. Nil: nothing of the spec
}

// An Access is one thing that a runner's work asks of AWS: the permission, and the endpoints its requests go through.
// Roles, endpoints and endpoint policies are all made from these.
type Access struct {
	Runner     *Runner
	Deeds      []Deed
	Through    []aws.Service // the services called from inside the network; empty: AWS calls on the runner's behalf
	Actions    []string
	Resources  []string
	KeyOf      *Place             // stands for the ARN of this place's storage key, in place of Resources
	Conditions []policy.Condition // for the role only
	Presigned  bool               // the request is signed by AWS, or by nobody: it needs no permission, and the endpoint sees no caller of ours
	Free       bool               // the runner needs no permission for it: AWS asks none, or the role in As has it
	Unknown    bool               // the spec does not say what is asked: the role gets nothing for it
	Federated  bool               // asked with a token alone: the caller has no identity of AWS's yet
	Roles      []string           // ARNs of roles that the work assumes: they go through the endpoint too
	As         *Role              // whose sessions ask, and not the runner itself; Free, and Roles has its ARN
	Anonymous  bool               // Presigned, and by nobody: what is asked for has to admit it by where it comes from
	Region     string             // where Through is asked, if not in the network's region
}

// Reason says who needs the access and for what, a line each. Work of a role has no runner.
func (a *Access) Reason() string {
	var who string
	if a.Runner != nil {
		who = "runner." + a.Runner.Name
	} else {
		who = "role." + a.As.Name
	}
	var lines []string
	for _, does := range a.Does() {
		lines = append(lines, who+" "+does)
	}
	return strings.Join(lines, "\n")
}

// Does is what its deeds are, in a few words each.
func (a *Access) Does() []string {
	out := make([]string, len(a.Deeds))
	for i, d := range a.Deeds {
		out[i] = d.Does
	}
	return out
}

// Path is how the runner's request to a service travels, to its network's region. One elsewhere asks any region.
func (r *Runner) Path(s aws.Service) Path {
	switch {
	case r.Network == nil && r.Hosted != nil && slices.Contains(r.Hosted.Endpoints, s):
		return Foreign
	case r.Network == nil && len(r.Addresses) == 0:
		return NoPath
	case r.Network == nil:
		return Public
	}
	for _, e := range r.Network.Endpoints {
		if e.Service == s {
			return ThroughEndpoint
		}
	}
	if r.Network.NAT {
		return Public
	}
	return NoPath
}

// PathIn is how the runner's request to a service in a region travels. An endpoint leads to its own region alone.
func (r *Runner) PathIn(s aws.Service, region string) Path {
	path := r.Path(s)
	switch {
	case path == Foreign && len(r.Hosted.Regions) > 0 && !slices.Contains(r.Hosted.Regions, region):
		path = Public
	case path == ThroughEndpoint && region != r.Network.Region && r.Network.NAT:
		path = Public
	case path == ThroughEndpoint && region != r.Network.Region:
		path = NoPath
	}
	if path == Public && r.Network == nil && len(r.Addresses) == 0 {
		return NoPath
	}
	return path
}

// DoorsOf are the doors through which a runner comes into the role.
func (r *Role) DoorsOf(runner *Runner) []*Door {
	return slices.DeleteFunc(slices.Clone(r.Doors), func(d *Door) bool { return !slices.Contains(d.Runners, runner) })
}

// A Path is how a request reaches AWS, and so what AWS sees of where it came from.
type Path int

const (
	NoPath          Path = iota // it does not
	Public                      // from the network's NAT addresses, or the runner's own elsewhere: aws:SourceIp
	ThroughEndpoint             // aws:VpcSourceIp, aws:SourceVpc, aws:SourceVpce, and no aws:SourceIp
	Foreign                     // through an endpoint of a vendor's: nothing that a policy of ours could name
)
