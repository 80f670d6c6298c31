package replications

import (
	"github.com/postern-dev/postern/generator/policy"
	"github.com/postern-dev/postern/generator/tf"
	"github.com/postern-dev/postern/generator/topology"
)

// configuration is the bucket's one list of rules: a rule for each destination.
// Source: Amazon S3 User Guide, "Replication configuration file elements".
func (r replication) configuration(role *tf.Block) *tf.Block {
	items := []tf.Item{
		tf.Attr("bucket", tf.String(r.Source.Bucket)),
		tf.Attr("role", tf.Text(role.Ref("arn"))),
	}
	for i, d := range r.Destinations {
		items = append(items, r.rule(i+1, d))
	}
	items = append(items,
		tf.Gap(),
		tf.Because("What is written while the role may do nothing yet is never copied."),
		tf.Attr("depends_on", tf.List(tf.Text(policy.Address("aws_iam_role_policy", role.Labels()[2])))))
	b := tf.Resource("aws_s3_bucket_replication_configuration", r.Name, items...)
	if r.Source.Existing {
		b.Because("replication." + r.Name + ": " + r.Source.Bucket + " exists already. These are all of its rules; there may be no others.")
	} else {
		b.Because("replication." + r.Name + ": what is written from now on. README.md says how to copy what was there before.")
	}
	return b
}

func (r replication) rule(priority int, d *topology.Destination) tf.Item {
	markers := "Disabled"
	if r.DeleteMarkers {
		markers = "Enabled"
	}
	items := []tf.Item{
		tf.Attr("id", tf.String(id(d))),
		tf.Attr("priority", tf.Int(priority)),
		tf.Attr("status", tf.String("Enabled")),
		r.filter(),
		tf.Nest("delete_marker_replication", tf.Attr("status", tf.String(markers))),
	}
	if d.HasKey() {
		items = append(items, tf.Nest("source_selection_criteria",
			tf.Nest("sse_kms_encrypted_objects", tf.Attr("status", tf.String("Enabled")))).
			Because("Otherwise S3 passes over what a KMS key encrypts."))
	}
	return tf.Nest("rule", append(items, r.destination(d))...)
}

// id names a rule after its destination, so that another destination changes no other rule's.
func id(d *topology.Destination) string { return d.Account.Name + "-" + d.Region }

// filter is always there: a rule without one is of the first version of replication, which knows less.
func (r replication) filter() tf.Item {
	var prefix tf.Value
	if r.Prefix != "" {
		prefix = tf.String(r.Prefix)
	}
	switch {
	case len(r.ObjectTags) == 0 && prefix == nil:
		return tf.Nest("filter")
	case len(r.ObjectTags) == 0:
		return tf.Nest("filter", tf.Attr("prefix", prefix))
	case len(r.ObjectTags) == 1 && prefix == nil:
		t := r.ObjectTags[0]
		return tf.Nest("filter", tf.Nest("tag", tf.Attr("key", tf.String(t.Key)), tf.Attr("value", tf.String(t.Value))))
	}
	var tags []tf.Field
	for _, t := range r.ObjectTags {
		tags = append(tags, tf.Key(t.Key, tf.String(t.Value)))
	}
	return tf.Nest("filter", tf.Nest("and", tf.Attr("prefix", prefix), tf.Gap(), tf.Attr("tags", tf.Object(tags...))))
}

func (r replication) destination(d *topology.Destination) tf.Item {
	var account, class tf.Value
	if r.HandsOver(d) {
		account = tf.String(d.Account.ID)
	}
	if d.StorageClass != "" {
		class = tf.String(d.StorageClass)
	}
	items := []tf.Item{
		tf.Attr("bucket", tf.String(d.ARN())),
		tf.Attr("account", account),
		tf.Attr("storage_class", class),
	}
	if r.HandsOver(d) {
		items = append(items, tf.Nest("access_control_translation", tf.Attr("owner", tf.String("Destination"))).
			Because("account."+d.Account.Name+" owns what arrives, whoever wrote it."))
	}
	if key, ok := d.KeyFrom(r.Source.Place); ok {
		items = append(items, tf.Nest("encryption_configuration", tf.Attr("replica_kms_key_id", tf.Text(key))).
			Because("The key's ARN: S3 would look up an alias in the source's account."))
	}
	if r.TimeControl {
		items = append(items, timeControl("replication_time", "time"), timeControl("metrics", "event_threshold"))
	}
	return tf.Nest("destination", items...)
}

// timeControl is one of the two halves of S3 Replication Time Control, which takes fifteen minutes and no other time.
func timeControl(half, limit string) tf.Item {
	return tf.Nest(half, tf.Attr("status", tf.String("Enabled")), tf.Nest(limit, tf.Attr("minutes", tf.Int(15))))
}
