package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vendorRanges is a list like Atlassian's, and as long; a fourth of its addresses are of the product that the test wants.
func vendorRanges() string {
	var items []string
	for i := range 700 {
		product := []string{`"bitbucket", "jira"`, `"confluence"`, `"trello", "jira"`, `"statuspage"`}[i%4]
		items = append(items, fmt.Sprintf(`{"network": "198.18.%[1]d.%[2]d", "mask_len": 32, "cidr": "198.18.%[1]d.%[2]d/32",
  "mask": "255.255.255.255", "region": ["global"], "product": [%[3]s], "direction": ["egress"], "perimeter": "commercial"}`, i/256, i%256, product))
	}
	return `{"creationDate": "2026-04-01", "syncToken": 1, "items": [` + strings.Join(items, ",\n") + "]}"
}

// TestVendorRanges holds that many runners may filter a vendor's real list, which they share as a local, and keep the order.
func TestVendorRanges(t *testing.T) {
	var text strings.Builder
	text.WriteString(account + "locals {\n  ranges = jsondecode(file(\"ip-ranges.json\")).items\n}\n")
	for i := range 30 {
		fmt.Fprintf(&text, "runner \"r-%d\" {\n  addresses = [for i in local.ranges : i.cidr if contains(i.product, \"bitbucket\")]\n}\n", i)
	}
	spec, _, diags := Load(folderWith(t, map[string]string{"postern.hcl": text.String(), "ip-ranges.json": vendorRanges()}))
	require.Empty(t, diags)
	require.Len(t, spec.Runners, 30)
	for _, r := range spec.Runners {
		require.Len(t, r.Addresses.V, 175)
		assert.Equal(t, "198.18.2.184/32", r.Addresses.V[174].V)
		assert.Equal(t, r.Addresses.Range, r.Addresses.V[174].Range)
	}
}
