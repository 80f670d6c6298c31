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

// TestReadmeTranscript runs the commands of the README's transcript, one after the other in one folder. A line "..." stands
// for any number of lines.
func TestReadmeTranscript(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```console\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, block, "the README has no transcript")
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "postern"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir(t.TempDir())
	code := 0
	for _, step := range strings.Split("\n"+string(block[1]), "\n$ ")[1:] {
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
	return `^` + strings.TrimSuffix(strings.Join(lines, ""), "\n") + `\n?$`
}
