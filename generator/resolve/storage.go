package resolve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/topology"
)

// Names that the services accept. Sources: CodeCommit User Guide, "Quotas"; Amazon ECR API Reference, CreateRepository.
var (
	codeCommitPattern = regexp.MustCompile(`^[\w.-]{1,100}$`)
	ecrPattern        = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
)

// A storageResolver resolves repositories and images.
type storageResolver struct{ *resolver }

func (r storageResolver) repository(s *spec.Repository) {
	place, ok := r.place("repository."+s.Name, s.Account, s.Region)
	name := s.Repo.Or(s.Name)
	if !codeCommitPattern.MatchString(name) || strings.HasSuffix(name, ".git") {
		r.wrong(s.Repo.Range, "Name that CodeCommit refuses",
			"%q cannot be the name of a repository. Write up to 100 letters, digits, dots, hyphens and underscores, without \".git\" at the end.", name)
	}
	if n := utf8.RuneCountInString(s.Description.V); n > 1000 {
		r.wrong(s.Description.Range, "Description too long", "CodeCommit takes 1,000 characters, and the description of repository.%s has %d. Write a shorter one.", s.Name, n)
	}
	if ok {
		repo := &topology.Repository{Name: s.Name, Range: s.Header.Range, Place: place, Repo: name, Description: s.Description.V}
		add(r, s.Name, repo)
		r.topology.Things = append(r.topology.Things, repo)
	}
}

func (r storageResolver) image(s *spec.Image) {
	place, ok := r.place("image."+s.Name, s.Account, s.Region)
	i := &topology.Image{Name: s.Name, Range: s.Header.Range, Place: place, Repo: s.Repo.Or(s.Name), Keep: s.Keep.V}
	if len(i.Repo) < 2 || len(i.Repo) > 256 || !ecrPattern.MatchString(i.Repo) {
		r.wrong(cmp.Or(s.Repo.Range, s.Header.Range), "Name that ECR refuses",
			"%q cannot be the name of an ECR repository. Write name = \"…\" with 2 to 256 lower-case letters and digits, and single hyphens, dots, underscores or slashes between them.", i.Repo)
	}
	if i.Keep < 1 || i.Keep > 10000 {
		r.wrong(s.Keep.Range, "Number of images out of range", "The lifecycle policy of image.%s keeps the newest images, and %d is no number of them. Write a number from 1 to 10000.", s.Name, i.Keep)
	}
	for _, ref := range s.Readers.V {
		switch a := find[*topology.Account](r, ref.V.Name); {
		case a == nil:
		case a == place.Account:
			r.wrong(ref.Range, "Reader of its own image",
				"image.%s is in account.%s itself, where IAM policies alone decide who may pull. Remove %s from readers.", s.Name, a.Name, ref.V)
		case place.Account != nil && a.Partition != place.Account.Partition:
			r.wrong(ref.Range, "Reader in another partition",
				"account.%s is in the partition %s and image.%s in %s; no permission reaches across. Remove %s from readers.",
				a.Name, a.Partition.Name, s.Name, place.Account.Partition.Name, ref.V)
		case !slices.Contains(i.Readers, a):
			i.Readers = append(i.Readers, a)
		}
	}
	slices.SortFunc(i.Readers, func(a, b *topology.Account) int { return strings.Compare(a.Name, b.Name) })
	if ok {
		add(r, s.Name, i)
		r.topology.Things = append(r.topology.Things, i)
	}
}

// distinctRepos reports two blocks that would make the same repository.
func (r storageResolver) distinctRepos(s *spec.Spec) {
	type key struct {
		kind, name string
		place      topology.Place
	}
	seen := map[key]string{}
	check := func(k key, block string, at hcl.Range) {
		if first, ok := seen[k]; ok {
			r.wrong(at, "Repository made twice",
				"%s and %s are both the repository %q in %s of account.%s. Write name = \"…\" in one of them, or remove it.",
				first, block, k.name, k.place.Region, k.place.Account.Name)
			return
		}
		seen[k] = block
	}
	for _, b := range s.Images {
		if i := find[*topology.Image](r, b.Name); i != nil {
			check(key{"image", i.Repo, i.Place}, "image."+i.Name, cmp.Or(b.Repo.Range, b.Header.Range))
		}
	}
	for _, b := range s.Repositories {
		if i := find[*topology.Repository](r, b.Name); i != nil {
			check(key{"repository", i.Repo, i.Place}, "repository."+i.Name, cmp.Or(b.Repo.Range, b.Header.Range))
		}
	}
}
