package topology

// ProjectARN is the ARN of the runner's CodeBuild project.
func (r *Runner) ProjectARN() string { return r.Network.Place.ARN("codebuild", "project/"+r.Project) }

// RoleARN is the ARN of the role that the runner's builds act as.
func (r *Runner) RoleARN() string {
	a := r.Network.Account
	return a.Partition.ARN("iam", "", a.ID, "role/"+r.Role)
}

// LogGroup is where the runner's builds write their log.
func (r *Runner) LogGroup() string { return "/aws/codebuild/" + r.Project }

// LogGroupARN is the ARN of that log group.
func (r *Runner) LogGroupARN() string { return r.Network.Place.ARN("logs", "log-group:"+r.LogGroup()) }

// FlowLogGroup is where the network's flow log goes.
func (n *Network) FlowLogGroup() string { return "/aws/vpc/" + n.VPC }

// FlowLogGroupARN is the ARN of that log group.
func (n *Network) FlowLogGroupARN() string {
	return n.Place.ARN("logs", "log-group:"+n.FlowLogGroup())
}
