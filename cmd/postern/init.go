package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/examples"
)

//go:embed starter.hcl
var starter []byte

func initCommand(c *console) *cobra.Command {
	var example string
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Start a spec",
		Long: `Init writes a commented spec, postern.hcl, into DIR (by default the current folder):
a private build that clones from CodeCommit, builds a container image and pushes
it to ECR. With --example it writes one of the examples instead:

  ` + strings.Join(examples.Names(), "\n  ") + `

Files that exist are never written over.`,
		Example: `  postern init
  postern init ci --example two-accounts`,
		Args: atMost(1, "one folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := newSpec(example)
			if err != nil {
				return err
			}
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return c.start(dir, files)
		},
	}
	cmd.Flags().StringVar(&example, "example", "", "start with the example of this `name`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("example",
		cobra.FixedCompletions(examples.Names(), cobra.ShellCompDirectiveNoFileComp)))
	cmd.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	return cmd
}

// newSpec returns the files to start with, by their slash-separated names.
func newSpec(example string) (map[string][]byte, error) {
	if example == "" {
		return map[string][]byte{"postern.hcl": starter}, nil
	}
	if names := examples.Names(); !slices.Contains(names, example) {
		detail := "Write one of " + strings.Join(names, ", ") + "."
		if near := nearest(example, names); near != "" {
			detail = fmt.Sprintf("Did you mean %q? ", near) + detail
		}
		return nil, complaint(fmt.Sprintf("Unknown example %q", example), detail)
	}
	folder, err := fs.Sub(examples.FS(), example)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name], err = fs.ReadFile(folder, name)
		}
		return err
	})
	return files, err
}

// nearest returns the name that somebody may have meant, or "".
func nearest(given string, names []string) string {
	near := slices.MinFunc(names, func(a, b string) int {
		return levenshtein.Distance(given, a, nil) - levenshtein.Distance(given, b, nil)
	})
	if levenshtein.Distance(given, near, nil) > 1+len(near)/3 {
		return ""
	}
	return near
}

// start writes the files into dir, and says how to go on.
func (c *console) start(dir string, files map[string][]byte) error {
	names := slices.Sorted(maps.Keys(files))
	var taken []string
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			taken = append(taken, path.Join(filepath.ToSlash(dir), name))
		}
	}
	if len(taken) > 0 {
		return complaint("File exists already", indent(taken)+
			"\n\nStarting a spec never writes over a file. Choose another folder, or move away what is there.")
	}
	for i, name := range names {
		if err := create(filepath.Join(dir, filepath.FromSlash(name)), files[name]); err != nil {
			for _, written := range names[:i] {
				os.Remove(filepath.Join(dir, filepath.FromSlash(written)))
			}
			return err
		}
	}
	for _, name := range names {
		c.out.printf("+ %s\n", path.Join(filepath.ToSlash(dir), name))
	}
	next := request{}
	args := []string{dir}
	if filepath.Clean(dir) == "." {
		args = nil
	}
	c.out.printf("\nMake it yours, then run: %s\n", next.generate(args))
	return nil
}

// create writes a file that does not exist, and the folders above it.
func create(name string, data []byte) error {
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagError,
		Summary:  "File not written",
		Detail:   "The system says: " + err.Error() + ". Choose another folder, or solve that and run again.",
	}}
}
