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

// standIn makes the existing networks that a tree names, and puts the IDs that the emulator gives them into the
// copy of the tree.
func (e *emulation) standIn(t *testing.T) {
	t.Helper()
	places := map[string][]*stack{}
	for p, s := range e.stacks {
		places[path.Dir(p)] = append(places[path.Dir(p)], s)
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		folder := filepath.Join(e.dir, place)
		ids := existingIDs(t, folder)
		if len(ids) == 0 {
			continue
		}
		dir := t.TempDir()
		some := filepath.Join(e.dir, places[place][0].Path)
		for _, name := range []string{"terraform.tf", "providers.tf", "zz_engines_override.tf"} {
			text, err := os.ReadFile(filepath.Join(some, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(existing(ids)), 0o644))
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

// existing is a Terraform module with one network, which has something for each ID, and says what is for which.
func existing(ids []string) string {
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
