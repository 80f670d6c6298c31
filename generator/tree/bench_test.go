package tree

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// synthetic returns a tree of 1,000 folders with five files of 2 to 3 kB each.
func synthetic() Tree {
	var files []File
	for account := range 250 {
		for _, layer := range []string{"delivery", "identity", "network", "storage"} {
			for i, name := range []string{"README.md", "main.tf", "outputs.tf", "providers.tf", "versions.tf"} {
				p := fmt.Sprintf("account-%03d/eu-central-1/%s/%s", account, layer, name)
				files = append(files, file(p, strings.Repeat("  name = \""+p+"\"\n", 50+5*i)))
			}
		}
	}
	return New(files)
}

// copyTree writes a tree as simply as can be.
func copyTree(b *testing.B, dir string, t Tree) {
	last := ""
	for _, f := range t.Files() {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if folder := filepath.Dir(name); folder != last {
			require.NoError(b, os.MkdirAll(folder, 0o755))
			last = folder
		}
		require.NoError(b, os.WriteFile(name, f.Data, 0o644))
	}
}

func BenchmarkCopy(b *testing.B) {
	t := synthetic()
	benchmarkInto(b, func(dir string) { copyTree(b, dir, t) })
}

func BenchmarkWriteEmpty(b *testing.B) {
	t := synthetic()
	benchmarkInto(b, func(dir string) {
		_, err := Write(dir, t, Options{})
		require.NoError(b, err)
	})
}

// benchmarkInto measures what fills an empty folder.
func benchmarkInto(b *testing.B, fill func(dir string)) {
	for b.Loop() {
		b.StopTimer()
		dir, err := os.MkdirTemp(b.TempDir(), "")
		require.NoError(b, err)
		b.StartTimer()
		fill(dir)
		b.StopTimer()
		require.NoError(b, os.RemoveAll(dir))
		b.StartTimer()
	}
}

func BenchmarkCompareBytes(b *testing.B) {
	t, one, two := synthetic(), b.TempDir(), b.TempDir()
	copyTree(b, one, t)
	copyTree(b, two, t)
	for b.Loop() {
		for _, f := range t.Files() {
			x, err := os.ReadFile(filepath.Join(one, filepath.FromSlash(f.Path)))
			require.NoError(b, err)
			y, err := os.ReadFile(filepath.Join(two, filepath.FromSlash(f.Path)))
			require.NoError(b, err)
			require.True(b, bytes.Equal(x, y))
		}
	}
}

func BenchmarkCompareSame(b *testing.B) {
	t, dir := synthetic(), b.TempDir()
	_, err := Write(dir, t, Options{})
	require.NoError(b, err)
	for b.Loop() {
		changes, err := Compare(dir, t)
		require.NoError(b, err)
		require.Empty(b, changes)
	}
}

// BenchmarkWriteChanged replaces every file.
func BenchmarkWriteChanged(b *testing.B) {
	t, dir := synthetic(), b.TempDir()
	var files []File
	for _, f := range t.Files() {
		files = append(files, File{f.Path, append(bytes.Clone(f.Data), "# changed\n"...)})
	}
	other := New(files)
	for b.Loop() {
		_, err := Write(dir, t, Options{})
		require.NoError(b, err)
		t, other = other, t
	}
}
