package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// A build is what is known about this program.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from files that are not committed
	Go       string `json:"go"`
}

func versionCommand(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  postern version
  postern version --json`,
		Args: atMost(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			b := buildVersion()
			if asJSON {
				c.json(b)
				return nil
			}
			fmt.Fprintln(&c.out, b)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func buildVersion() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{Version: "unknown"}
	}
	b := build{Version: cmp.Or(info.Main.Version, "(devel)"), Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String prints "postern v1.2.3 (0123456789ab, modified) go1.26".
func (b build) String() string {
	s := "postern " + b.Version
	if b.Revision != "" {
		modified := ""
		if b.Modified {
			modified = ", modified"
		}
		s += fmt.Sprintf(" (%.12s%s)", b.Revision, modified)
	}
	return s + " " + b.Go
}
