package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/generator"
)

func rootCommand(c *console, all []generator.Blueprint) *cobra.Command {
	root := &cobra.Command{
		Use:   "postern",
		Short: "Private CI environments on AWS, as Terraform you own",
		Long: `Postern reads one small spec (accounts, networks, images, runners, roles) and
writes plain Terraform for private CI environments: yours to read, review, commit
and apply. It never talks to the network and needs no credentials.`,
		Example: `  postern init               # start with a commented spec
  postern generate           # write the Terraform that it asks for
  postern check              # in a pull request: is the Terraform up to date?
  postern explain role.NAME  # why is it there, and who gets in?`,
		Version:       buildVersion().String(),
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetOut(&c.out)
	root.SetErr(&c.err)
	root.PersistentFlags().BoolVar(&c.plain, "no-color", c.plain, "print without colour, as with NO_COLOR set")
	root.PersistentFlags().Lookup("no-color").DefValue = "false" // the environment is not the default
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return complaint(sentence(err), fmt.Sprintf("Run %q to see the flags.", cmd.CommandPath()+" --help"))
	})
	root.AddCommand(initCommand(c), generateCommand(c, all), checkCommand(c, all), proveCommand(c), explainCommand(c, all), schemaCommand(c), versionCommand(c))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = knownCommand, root.RunE
			cmd.Example = "  postern completion bash > /etc/bash_completion.d/postern"
		case "help":
			cmd.Args, cmd.Example = knownTopic, "  postern help check"
		}
	}
	return root
}

// knownCommand refuses a subcommand that does not exist.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	detail := fmt.Sprintf("Run %q to see the commands.", cmd.CommandPath()+" --help")
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		detail = fmt.Sprintf("Did you mean %q? ", near[0]) + detail
	}
	return complaint(fmt.Sprintf("Unknown command %q", args[0]), detail)
}

// knownTopic refuses to help with a command that does not exist.
func knownTopic(cmd *cobra.Command, args []string) error {
	parent, rest, err := cmd.Root().Find(args)
	if err != nil {
		return err
	}
	return knownCommand(parent, rest)
}

// atMost refuses more than n arguments; what says which ones the command takes.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return complaint(fmt.Sprintf("Unexpected argument %q", args[n]),
			fmt.Sprintf("%s takes %s. Run %q to see how to use it.", cmd.CommandPath(), what, cmd.CommandPath()+" --help"))
	}
}

// misused turns an error of cobra's own into ours.
func misused(root *cobra.Command, err error) hcl.Diagnostics {
	return complaint(sentence(err), fmt.Sprintf("Run %q to see how to use it.", root.Name()+" --help"))
}

// sentence returns the first line of an error as a title.
func sentence(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	line, _, _ = strings.Cut(line, ": strconv.")
	first, size := utf8.DecodeRuneInString(line)
	return string(unicode.ToUpper(first)) + line[size:]
}
