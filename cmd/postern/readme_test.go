package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var transcript = regexp.MustCompile("(?s)```console\n(.*?)```")

// TestReadmeTranscripts runs the commands of each transcript of the README and of docs, one after the other in a folder of its own.
// A line "..." stands for any number of lines.
func TestReadmeTranscripts(t *testing.T) {
	docs, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	texts := map[string][][]byte{}
	for _, page := range append(docs, "../../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range transcript.FindAllSubmatch(text, -1) {
			texts[filepath.Base(page)] = append(texts[filepath.Base(page)], m[1])
		}
	}
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "postern"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, page := range []string{"README.md", "access.md", "proof.md"} {
		assert.NotEmpty(t, texts[page], "%s has no transcript", page)
	}
	for page, all := range texts {
		for i, text := range all {
			t.Run(fmt.Sprintf("%s %d", page, i+1), func(t *testing.T) { retype(t, string(text)) })
		}
	}
}

// retype runs the commands of a transcript.
func retype(t *testing.T, text string) {
	t.Chdir(t.TempDir())
	code := 0
	for _, step := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(strings.TrimSuffix(step, "\n"), "\n")
		if folder, ok := strings.CutPrefix(command, "cd "); ok {
			t.Chdir(folder)
			continue
		}
		var got string
		got, code = typed(t, command, code)
		assert.Regexp(t, pattern(want), got, "$ %s", command)
	}
}

// typed is what a command prints, on both streams, when typed in the current folder, and its exit code; before is that of
// the command before it.
func typed(t *testing.T, command string, before int) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf("(exit %d)\n%s", before, command))
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return strings.TrimSuffix(string(out), "\n"), cmd.ProcessState.ExitCode()
}

// pattern is what a part of a transcript stands for.
func pattern(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = regexp.QuoteMeta(line) + "\n"
		if line == "..." {
			lines[i] = "(.*\n)*"
		}
	}
	if lines[len(lines)-1] == "(.*\n)*" {
		lines = append(lines, ".*") // the last line may end without a newline
	}
	return `^` + strings.TrimSuffix(strings.Join(lines, ""), "\n") + `\n?$`
}
