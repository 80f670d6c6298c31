//go:build unix

package guard_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/guard"
)

// TestReadFile reads what is no file, or no end of one: through a plain folder and below a root.
func TestReadFile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("four", []byte("four"), 0o600))
	require.NoError(t, os.WriteFile("five!", []byte("five!"), 0o600))
	require.NoError(t, os.WriteFile("huge", nil, 0o600))
	require.NoError(t, os.Truncate("huge", 1<<40)) // takes no room on the disk
	require.NoError(t, os.Mkdir("folder", 0o700))
	require.NoError(t, os.Symlink("four", "near"))
	require.NoError(t, os.Symlink("/dev/zero", "endless"))
	require.NoError(t, syscall.Mkfifo("pipe", 0o600))
	root, err := os.OpenRoot(".")
	require.NoError(t, err)
	defer root.Close()
	for _, from := range []guard.Folder{guard.Disk, root} {
		for _, name := range []string{"four", "near"} {
			text, err := guard.ReadFile(from, name, 4)
			assert.Equal(t, "four", string(text), name)
			assert.NoError(t, err, name)
		}
		for name, want := range map[string]error{"five!": guard.ErrTooLarge, "huge": guard.ErrTooLarge, "folder": guard.ErrNotRegular, "pipe": guard.ErrNotRegular} {
			_, err := guard.ReadFile(from, name, 4)
			assert.ErrorIs(t, err, want, name)
		}
		_, err := guard.ReadFile(from, "endless", 4)
		assert.Error(t, err)
		_, err = guard.ReadDir(from, "pipe")
		assert.ErrorIs(t, err, guard.ErrNotFolder)
		entries, err := guard.ReadDir(from, ".")
		assert.NoError(t, err)
		assert.Len(t, entries, 7)
	}
}

// TestReadFileThatLies reads files that say that they are empty, and are not.
func TestReadFileThatLies(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs the files of Linux about processes")
	}
	text, err := guard.ReadFile(guard.Disk, "/proc/self/maps", guard.MaxRead)
	assert.NoError(t, err)
	assert.NotEmpty(t, text)
	_, err = guard.ReadFile(guard.Disk, "/proc/self/maps", 100)
	assert.ErrorIs(t, err, guard.ErrTooLarge)
}

// TestParsed nests all that nests, in both forms.
func TestParsed(t *testing.T) {
	const deep = guard.MaxNesting + 1
	for _, text := range []string{
		"a = " + strings.Repeat("(", deep), "a = " + strings.Repeat("[", deep), "a = " + strings.Repeat("{ b =", deep),
		"a = " + strings.Repeat(`"${`, deep), "a = " + strings.Repeat("f(", deep), strings.Repeat("a {\n", deep), "a = " + strings.Repeat("!", 2*deep),
	} {
		diag := guard.Parsed("a.tf", []byte(text))
		if assert.NotNil(t, diag, text[:20]) {
			assert.Equal(t, "Nested too deeply", diag.Summary)
			assert.Equal(t, "a.tf", diag.Subject.Filename)
		}
	}
	assert.NotNil(t, guard.Parsed("a.hcl.json", []byte(strings.Repeat("[", deep))))
	assert.Nil(t, guard.Parsed("a.hcl.json", []byte(`{"a": "`+strings.Repeat("[", deep)+`"}`)))
	assert.Nil(t, guard.Parsed("a.tf", []byte("a = "+strings.Repeat("[", 100)+strings.Repeat("]", 100))))
	assert.Nil(t, guard.Parsed("a.tf", []byte(strings.Repeat("a = (1)\n", 10_000))))
	assert.Equal(t, "File too large", guard.Parsed(filepath.Join("x", "a.tf"), make([]byte, guard.MaxParsed+1)).Summary)
}
