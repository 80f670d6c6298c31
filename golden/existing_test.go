//go:build engines

package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// existingID is what a tree calls a network of which it makes only a part.
var existingID = regexp.MustCompile(`"(vpc|subnet|rtb)-[0-9a-f]+"`)

// standIn makes the existing networks and buckets that a tree names, and puts the IDs that the emulator gives the networks
// into the copy of the tree.
func (e *emulation) standIn(t *testing.T) {
	t.Helper()
	places := map[string][]*stack{}
	for p, s := range e.stacks {
		places[path.Dir(p)] = append(places[path.Dir(p)], s)
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		folder := filepath.Join(e.dir, place)
		ids, buckets := existingIDs(t, folder), e.existingBuckets(places[place])
		if len(ids)+len(buckets) == 0 {
			continue
		}
		dir := t.TempDir()
		some := filepath.Join(e.dir, places[place][0].Path)
		for _, name := range []string{"terraform.tf", "providers.tf", "zz_engines_override.tf"} {
			text, err := os.ReadFile(filepath.Join(some, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(existingNetwork(ids)+ownersBuckets(buckets)), 0o644))
		e.tf.init(t, dir)
		e.tf.must(t, dir, "apply", "-no-color", "-auto-approve")
		var made map[string]string
		require.NoError(t, json.Unmarshal([]byte(e.tf.must(t, dir, "output", "-json", "ids")), &made))
		replaceIDs(t, folder, made)
	}
}

func existingIDs(t *testing.T, folder string) (out []string) {
	t.Helper()
	for _, text := range files(t, folder) {
		for _, id := range existingID.FindAllString(text, -1) {
			out = append(out, strings.Trim(id, `"`))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// existingBuckets are those that stacks have S3 copy from, and no stack makes.
func (e *emulation) existingBuckets(of []*stack) (names []string) {
	made := map[string]bool{}
	for _, s := range e.stacks {
		for _, b := range s.blocks("resource") {
			if b.Labels[0] == "aws_s3_bucket" {
				made[literal(b.Body, "bucket")] = true
			}
		}
	}
	for _, s := range of {
		for _, b := range s.blocks("resource") {
			if name := literal(b.Body, "bucket"); b.Labels[0] == "aws_s3_bucket_replication_configuration" && !made[name] {
				names = append(names, name)
			}
		}
	}
	return names
}

// ownersBuckets are buckets as their owners made them, with versioning.
func ownersBuckets(names []string) (text string) {
	for i, name := range names {
		text += fmt.Sprintf("resource \"aws_s3_bucket\" \"b%[1]d\" {\n  bucket = %[2]q\n}\n"+
			"resource \"aws_s3_bucket_versioning\" \"b%[1]d\" {\n  bucket = aws_s3_bucket.b%[1]d.bucket\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n", i, name)
	}
	return text
}

// existingNetwork is a network that has something for each ID, and an output that says what is for which.
func existingNetwork(ids []string) string {
	if len(ids) == 0 {
		return "output \"ids\" {\n  value = {}\n}\n"
	}
	var resources, output string
	for i, id := range ids {
		kind, _, _ := strings.Cut(id, "-")
		switch kind {
		case "vpc":
			output += fmt.Sprintf("    %q = aws_vpc.existing.id\n", id)
		case "subnet":
			resources += fmt.Sprintf("resource \"aws_subnet\" \"s%d\" {\n  vpc_id     = aws_vpc.existing.id\n  cidr_block = \"10.0.%d.0/24\"\n}\n", i, i)
			output += fmt.Sprintf("    %q = aws_subnet.s%d.id\n", id, i)
		case "rtb":
			resources += fmt.Sprintf("resource \"aws_route_table\" \"r%d\" {\n  vpc_id = aws_vpc.existing.id\n}\n", i)
			output += fmt.Sprintf("    %q = aws_route_table.r%d.id\n", id, i)
		}
	}
	return "resource \"aws_vpc\" \"existing\" {\n  cidr_block           = \"10.0.0.0/16\"\n  enable_dns_hostnames = true\n}\n" +
		resources + "output \"ids\" {\n  value = {\n" + output + "  }\n}\n"
}

func replaceIDs(t *testing.T, folder string, made map[string]string) {
	t.Helper()
	var pairs []string
	for id, by := range made {
		pairs = append(pairs, id, by)
	}
	replace := strings.NewReplacer(pairs...)
	for name, text := range files(t, folder) {
		if filepath.Ext(name) == ".tf" {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(replace.Replace(text)), 0o644))
		}
	}
}
