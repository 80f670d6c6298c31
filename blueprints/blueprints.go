// Package blueprints lists the capabilities of postern.
package blueprints

import (
	"github.com/postern-dev/postern/blueprints/buckets"
	"github.com/postern-dev/postern/blueprints/codebuild"
	"github.com/postern-dev/postern/blueprints/distributions"
	"github.com/postern-dev/postern/blueprints/endpoints"
	"github.com/postern-dev/postern/blueprints/images"
	"github.com/postern-dev/postern/blueprints/issuers"
	"github.com/postern-dev/postern/blueprints/keys"
	"github.com/postern-dev/postern/blueprints/network"
	"github.com/postern-dev/postern/blueprints/packages"
	"github.com/postern-dev/postern/blueprints/replications"
	"github.com/postern-dev/postern/blueprints/repositories"
	"github.com/postern-dev/postern/blueprints/roles"
	"github.com/postern-dev/postern/blueprints/topics"
	"github.com/postern-dev/postern/generator"
)

// All are the blueprints, in the order in which their resources are applied and documented.
var All = []generator.Blueprint{
	keys.Blueprint{},
	network.Blueprint{},
	endpoints.Blueprint{},
	images.Blueprint{},
	repositories.Blueprint{},
	topics.Blueprint{},
	buckets.Blueprint{},
	distributions.Blueprint{},
	packages.Blueprint{},
	issuers.Blueprint{},
	roles.Blueprint{},
	codebuild.Blueprint{},
	replications.Blueprint{},
}
