package cache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/cache"
)

func Example() {
	dir, _ := os.MkdirTemp("", "cache")
	defer os.RemoveAll(dir)
	folder := cache.Folder(dir)
	folder.Replace("answer", []byte("forty-"), []byte("two"))
	fmt.Println(string(folder.Read("answer")), folder.Read("question") == nil)
	// Output: forty-two true
}

func TestWhatCannotBeKeptIsNotThere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "folder", "a", "x"), 0o700))
	for _, f := range []cache.Folder{"", cache.Folder(file), cache.Folder(filepath.Join(dir, "folder"))} {
		f.Replace("a", []byte("x"))
		f.Touch("a")
		f.Trim("b", 0)
		assert.Nil(t, f.Read("a"))
	}
	left, err := os.ReadDir(filepath.Join(dir, "folder"))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left over")
}

func TestTrimKeepsWhatWasUsedLast(t *testing.T) {
	f := cache.Folder(t.TempDir())
	for i, name := range []string{"x-old", "x-used", "x-new", "other"} {
		f.Replace(name, make([]byte, 10))
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(string(f), name), at, at))
	}
	f.Touch("x-used")
	f.Trim("x-", 20)
	assert.Nil(t, f.Read("x-old"))
	for _, name := range []string{"x-used", "x-new", "other"} {
		assert.NotNil(t, f.Read(name), name)
	}
}

func TestBuild(t *testing.T) {
	assert.Len(t, cache.Build(), 32)
	assert.Equal(t, cache.Build(), cache.Build())
}
