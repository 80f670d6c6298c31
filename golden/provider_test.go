//go:build engines

package golden

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSchemaIsTheProviders holds the recorded schema of the oldest release to the provider itself: what it says of
// the types that the newest schema has, without descriptions.
func TestSchemaIsTheProviders(t *testing.T) {
	genuine := genuineTerraform(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(onlyAWS), 0o644))
	genuine.init(t, dir)
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(genuine.must(t, dir, "providers", "schema", "-json")), &doc))
	keep := readSchema(t, newest)
	for _, p := range doc["provider_schemas"].(map[string]any) {
		provider := p.(map[string]any)
		for part := range provider {
			switch part {
			case "provider":
			case "resource_schemas":
				keepOnly(provider[part].(map[string]any), keep.Resources)
			case "data_source_schemas":
				keepOnly(provider[part].(map[string]any), keep.DataSources)
			default:
				delete(provider, part)
			}
		}
	}
	got, err := json.Marshal(undescribed(doc))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(oldest, zipped(t, got), 0o644))
	}
	want, err := json.Marshal(unzipped(t, oldest))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got), "%s is not the provider's schema; %s", oldest, howTo)
}

func keepOnly(types map[string]any, keep map[string]schema) {
	for name := range types {
		if _, ok := keep[name]; !ok {
			delete(types, name)
		}
	}
}

// undescribed leaves out descriptions. An attribute of that name is an object, not text.
func undescribed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if _, isText := e.(string); isText && (key == "description" || key == "description_kind") {
				delete(v, key)
				continue
			}
			v[key] = undescribed(e)
		}
	case []any:
		for i, e := range v {
			v[i] = undescribed(e)
		}
	}
	return v
}

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func unzipped(t *testing.T, file string) (out any) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	text, err := gzip.NewReader(f)
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(text).Decode(&out))
	return out
}
