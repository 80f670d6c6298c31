package resolve

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/aws"
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// addWork notes one thing that the runner's work asks of AWS. What differs in its resources alone becomes one Access.
func addWork(r *topology.Runner, d topology.Deed, a topology.Access) {
	a.Runner = r
	r.Work = added(r.Work, d, a)
}

// done is something that work does with a block of the spec, or with none: then that is nil.
func done(does string, of topology.Block) topology.Deed { return topology.Deed{Does: does, Of: of} }

// addRoleWork notes what sessions of the role ask for.
func addRoleWork(r *topology.Role, d topology.Deed, a topology.Access) {
	a.As = r
	r.Work = added(r.Work, d, a)
}

func added(work []*topology.Access, d topology.Deed, a topology.Access) []*topology.Access {
	for _, w := range work {
		if sameKind(w, &a) {
			w.Deeds = addNew(w.Deeds, d)
			w.Resources = widest(addNew(w.Resources, a.Resources...))
			return work
		}
	}
	a.Deeds, a.Resources = []topology.Deed{d}, slices.Clone(a.Resources)
	return append(work, &a)
}

// widest are resources without those that are in a folder beside them: what is said of the folder, is said of them.
func widest(resources []string) []string {
	return slices.DeleteFunc(slices.Clone(resources), func(r string) bool {
		return slices.ContainsFunc(resources, func(other string) bool {
			folder, is := strings.CutSuffix(other, "*")
			return is && other != r && strings.HasSuffix(folder, "/") && strings.HasPrefix(r, folder)
		})
	})
}

func (b *build) add(does string, of topology.Block, a topology.Access) {
	addWork(b.runner, done(does, of), a)
}

func sameKind(a, b *topology.Access) bool {
	sameKey := a.KeyOf == b.KeyOf || a.KeyOf != nil && b.KeyOf != nil && *a.KeyOf == *b.KeyOf
	return sameKey && a.Presigned == b.Presigned && a.Free == b.Free && a.Unknown == b.Unknown && a.Federated == b.Federated &&
		a.As == b.As && a.Anonymous == b.Anonymous && a.Region == b.Region && slices.Equal(a.Through, b.Through) &&
		slices.Equal(a.Actions, b.Actions) && slices.EqualFunc(a.Conditions, b.Conditions, policy.Condition.Equal)
}

func addNew[T comparable](list []T, more ...T) []T {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// log is what every build does.
func (b *build) log() {
	b.add("writes its log", nil, topology.Access{Through: []aws.Service{aws.Logs},
		Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{b.runner.LogGroupARN() + ":*"},
	})
	if place := b.place(); b.topology.Encrypted {
		b.add("has CodeBuild encrypt what a build leaves behind", nil, topology.Access{Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, KeyOf: &place,
			Conditions: []policy.Condition{b.viaService("s3", place.Region)},
		})
	}
}

// clone is Git over HTTPS. A repository with a customer-managed key asks its readers for that key.
// Source: AWS CodeCommit User Guide, "AWS Key Management Service and encryption for AWS CodeCommit repositories";
// that kms:Decrypt alone is enough to pull is believed.
func (b *build) clone(repo *topology.Repository) {
	b.add("clones "+repo.Address(), repo, topology.Access{Through: []aws.Service{aws.CodeCommitGit},
		Actions: []string{"codecommit:GitPull"}, Resources: []string{repo.ARN()},
	})
	if b.topology.Encrypted {
		b.add("reads "+repo.Address()+" through CodeCommit, which decrypts it", repo, topology.Access{Actions: []string{"kms:Decrypt"}, KeyOf: &repo.Place,
			Conditions: []policy.Condition{b.viaService("codecommit", repo.Region)},
		})
	}
}

// viaService limits a key to requests that a service makes on the caller's behalf.
func (b *build) viaService(service, region string) policy.Condition {
	return b.place().ViaService(service, region)
}

var (
	signIn   = []string{"ecr:GetAuthorizationToken"}
	registry = []aws.Service{aws.ECRAPI, aws.ECRDocker}
)

func (b *build) pull(i *topology.Image) {
	b.add("pulls "+i.Address(), i, topology.Access{Through: registry, Actions: topology.PullActions, Resources: []string{i.ARN()}})
	b.registry(i)
	admitRunner(i, &i.Pullers, b.runner)
}

func (b *build) push(i *topology.Image) {
	b.add("pushes "+i.Address(), i, topology.Access{Through: registry, Actions: topology.PushActions, Resources: []string{i.ARN()}})
	b.registry(i)
	admitRunner(i, &i.Pushers, b.runner)
}

// registry is what every push and pull begins and ends with: signing in, and layers from ECR's own bucket. That the
// Docker endpoint asks for the action of signing in, too, when docker shows its token there, is believed.
// A push alone may do without the bucket (believed); the gateway is free, and a build that pushes soon pulls.
func (b *build) registry(i *topology.Image) {
	b.add("signs in to ECR", nil, topology.Access{Through: registry, Actions: signIn, Resources: []string{"*"}})
	b.add("downloads image layers from ECR's bucket, by addresses that ECR signs", nil, topology.Access{
		Through: []aws.Service{aws.S3}, Presigned: true,
		Actions: []string{"s3:GetObject"}, Resources: []string{i.Account.Partition.LayerBucket(i.Region) + "/*"},
	})
}

// environment is the image that the build runs in: AWS pulls it with the runner's role, on a network of its own.
// Source: AWS CodeBuild User Guide, "Private registry with AWS CodeBuild" and the ECR sample.
func (b *build) environment(i *topology.Image) {
	b.pulledFor(i.Address(), i, i.ARN())
	admitRunner(i, &i.Pullers, b.runner)
}

// foreignEnvironment is an image in ECR that no block of the spec describes; its owner admits the role, or does not.
func (b *build) foreignEnvironment(name, account, region, repo string) {
	b.pulledFor(name, nil, b.place().Account.Partition.ARN("ecr", region, account, "repository/"+repo))
}

func (b *build) pulledFor(name string, of topology.Block, arn string) {
	b.add("runs in "+name, of, topology.Access{Actions: topology.PullActions, Resources: []string{arn}})
	b.add("has CodeBuild sign in to ECR", nil, topology.Access{Actions: signIn, Resources: []string{"*"}})
}

// admitRunner notes a runner of another account, once.
func admitRunner(i *topology.Image, list *[]*topology.Runner, r *topology.Runner) {
	if i.Account != r.Network.Account && !slices.Contains(*list, r) {
		*list = append(*list, r)
	}
}

// readObject is for what CodeBuild fetches before a build begins.
func (b *build) readObject(what, object string) {
	bucket, _, _ := strings.Cut(object, "/")
	b.add("reads "+what+" from S3", nil, topology.Access{Through: []aws.Service{aws.S3}, Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resources: []string{object}})
	b.add("finds the bucket of "+what, nil, topology.Access{Through: []aws.Service{aws.S3}, Actions: []string{"s3:GetBucketLocation", "s3:GetBucketVersioning"}, Resources: []string{bucket}})
}

func (b *build) read(bucket string) {
	b.add("reads "+nameOf(bucket), nil, topology.Access{Through: []aws.Service{aws.S3}, Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resources: []string{bucket + "/*"}})
	b.add("lists "+nameOf(bucket), nil, topology.Access{Through: []aws.Service{aws.S3}, Actions: []string{"s3:GetBucketLocation", "s3:ListBucket"}, Resources: []string{bucket}})
}

func (b *build) write(bucket string) {
	b.add("writes into "+nameOf(bucket), nil, topology.Access{Through: []aws.Service{aws.S3}, Actions: []string{"s3:AbortMultipartUpload", "s3:PutObject"}, Resources: []string{bucket + "/*"}})
}

// nameOf is a bucket's name, from its ARN.
func nameOf(bucket string) string { return bucket[strings.LastIndex(bucket, ":")+1:] }

// keys are what objects, secrets and parameters are encrypted with. The services that hold them ask KMS, so no endpoint
// is needed; a build that asks KMS itself names it under uses.
func (b *build) keys(arns []string) {
	b.add("reads and writes what these keys encrypt", nil, topology.Access{Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: arns})
}

func (b *build) assume(roles []string) {
	b.assumed = roles
	assumeRoles(b.runner, roles, b.rolesByARN)
}

// assumeRoles is the work of becoming roles, some of which are ours, with what the runner shows: its own credentials, or tokens.
func assumeRoles(r *topology.Runner, roles []string, ours map[string]*topology.Role) {
	assume := topology.Access{Runner: r, Through: []aws.Service{aws.STS}, Actions: []string{"sts:AssumeRole"}, Resources: roles}
	if r.Issuer != nil {
		assume.Actions, assume.Federated = []string{"sts:AssumeRoleWithWebIdentity"}, true
	}
	for _, arn := range roles {
		if own := ours[arn]; own != nil {
			assume.Deeds = append(assume.Deeds, done("assumes "+own.Address(), own))
		}
	}
	if len(assume.Deeds) < len(roles) {
		assume.Deeds = slices.Insert(assume.Deeds, 0, done("assumes roles", nil))
	}
	r.Work = append(r.Work, &assume)
	addWork(r, done("asks who it is, as SDKs and Terraform do", nil), topology.Access{
		Through: []aws.Service{aws.STS}, Actions: []string{"sts:GetCallerIdentity"}, Resources: []string{"*"}, Free: true, Roles: roles,
	})
}

// use is an endpoint that the spec names itself: what goes through it, the roles that the work assumes decide.
func (b *build) use(s aws.Service) { useEndpoint(b.runner, s, b.assumed) }

func useEndpoint(r *topology.Runner, s aws.Service, assumed []string) {
	addWork(r, done("uses "+string(s), nil), topology.Access{Through: []aws.Service{s}, Actions: []string{s.Actions()}, Resources: []string{"*"}, Unknown: true, Roles: assumed})
}

var (
	secretName    = regexp.MustCompile(`^[\w/+=.@-]{1,512}$`)
	secretFull    = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]{1,512}$`)
	parameterName = regexp.MustCompile(`^/?[\w.-]+(/[\w.-]+)*$`)
)

// secrets resolves the variables that come from Secrets Manager and from Parameter Store.
// Source: AWS CodeBuild API Reference, EnvironmentVariable: a secret is "ID:JSON-KEY:VERSION-STAGE:VERSION-ID".
func (b *build) secrets() {
	var secrets, parameters []string
	for _, p := range b.spec.Secrets.V {
		if arn := b.secretARN(p.Value); arn != "" {
			secrets = append(secrets, arn)
		}
	}
	for _, p := range b.spec.Parameters.V {
		if arn := b.parameterARN(p.Value); arn != "" {
			parameters = append(parameters, arn)
		}
	}
	if len(secrets) > 0 {
		b.add("reads secrets", nil, topology.Access{Through: []aws.Service{aws.SecretsManager}, Actions: []string{"secretsmanager:GetSecretValue"}, Resources: topology.Unique(secrets)})
	}
	if len(parameters) > 0 {
		b.add("reads parameters", nil, topology.Access{Through: []aws.Service{aws.SSM}, Actions: []string{"ssm:GetParameters"}, Resources: topology.Unique(parameters)})
	}
}

// secretARN is what a policy calls a secret. Secrets Manager ends every ARN in six characters of its own.
// Source: AWS Secrets Manager User Guide, "IAM policy examples".
func (b *build) secretARN(v spec.Value[string]) string {
	const suffix = "-??????"
	parts := strings.Split(v.V, ":")
	if parts[0] == "arn" && len(parts) <= 10 && len(parts) >= 7 && secretFull.MatchString(strings.Join(parts[:7], ":")) {
		arn := strings.Join(parts[:7], ":")
		if !b.partitionOf(arn, v.Range) || !b.reachesSecret(parts[3], v.Range) {
			return ""
		}
		if i := strings.LastIndex(arn, "-"); i < 0 || len(arn)-i != len(suffix) {
			b.wrong(v.Range, "Secret ARN without its end",
				"Secrets Manager ends the ARN of every secret in a hyphen and six characters, and %q has none: a policy with it would match nothing. Write the whole ARN, or the secret's name alone.", v.V)
			return ""
		}
		return arn
	}
	if parts[0] == "arn" || len(parts) > 4 || !secretName.MatchString(parts[0]) {
		b.wrong(v.Range, "Unknown form of secret", "%q is neither a secret's name nor its ARN. Write \"NAME\" or \"NAME:JSON-KEY\", or the secret's ARN in place of NAME.", v.V)
		return ""
	}
	return b.place().ARN("secretsmanager", "secret:"+parts[0]+suffix)
}

// reachesSecret reports a secret of another region than the network's, which has no way out.
func (b *build) reachesSecret(region string, at hcl.Range) bool {
	n := b.runner.Network
	if region == n.Region || n.NAT {
		return true
	}
	b.wrong(at, "Secret out of reach",
		"network.%s has no way out, and a VPC endpoint leads to its own region only: the secret is in %s, the network in %s. Write the ARN of a secret in %s, or set egress = \"nat\" in the network.",
		n.Name, region, n.Region, n.Region)
	return false
}

func (b *build) parameterARN(v spec.Value[string]) string {
	if !parameterName.MatchString(v.V) || len(v.V) > 1011 {
		b.wrong(v.Range, "Unknown form of parameter", "%q is not the name of a parameter of Systems Manager. Write a name such as \"/app/token\", without an ARN around it.", v.V)
		return ""
	}
	if strings.HasPrefix(v.V, "/aws/service/") { // AWS's own. Source: Systems Manager User Guide, "Working with public parameters"
		return b.place().Account.Partition.ARN("ssm", b.place().Region, "", "parameter"+v.V)
	}
	return b.place().ARN("ssm", "parameter/"+strings.TrimPrefix(v.V, "/"))
}

// connect works out which endpoints each network has: those that the work in it needs. A network with NAT needs none,
// and has those alone that the spec names under uses: every other one would take requests away from the addresses
// that NAT is there for, and cost by the hour.
func connect(t *topology.Topology) {
	for _, n := range t.Networks {
		byService := map[aws.Service]*topology.Endpoint{}
		for s, a := range usesOf(n) {
			e := byService[s]
			if e == nil {
				e = &topology.Endpoint{Network: n, Service: s}
				byService[s] = e
				n.Endpoints = append(n.Endpoints, e)
			}
			e.Work = append(e.Work, a)
		}
		slices.SortFunc(n.Endpoints, func(a, b *topology.Endpoint) int { return cmp.Compare(a.Service, b.Service) })
	}
}

// usesOf are the services that work in the network reaches through an endpoint, and the work, by runner.
func usesOf(n *topology.Network) iter.Seq2[aws.Service, *topology.Access] {
	named := namedIn(n)
	return func(yield func(aws.Service, *topology.Access) bool) {
		for _, r := range n.Runners {
			for _, a := range r.Work {
				if a.Region != "" && a.Region != n.Region {
					continue // an endpoint leads to its own region alone
				}
				for _, s := range a.Through {
					if (!n.NAT || named[s]) && !yield(s, a) {
						return
					}
				}
			}
		}
	}
}

// namedIn are the services that runners in the network name under uses.
func namedIn(n *topology.Network) map[aws.Service]bool {
	named := map[aws.Service]bool{}
	for _, r := range n.Runners {
		for _, a := range r.Work {
			for _, s := range a.Through {
				named[s] = named[s] || a.Unknown
			}
		}
	}
	return named
}
