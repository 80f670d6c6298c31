package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	manifestName    = ".postern.json"
	manifestVersion = 1

	// The journal has the form of the manifest. It exists while a run writes, and after one that was killed.
	journalName = ".postern.next.json"

	lockName = ".postern.lock" // only where a directory cannot be locked itself

	tempPrefix, tempSuffix = ".postern-", ".tmp"
)

// temp names the file in which the content of another one is staged.
func temp(p string) string {
	folder, name := path.Split(p)
	return folder + tempPrefix + name + tempSuffix
}

// A record is the files that are ours: by path, the sha256 that each has. In a journal it is every sha256 that
// each may have, separated by spaces.
type record map[string]string

// knows tells whether a run of ours has written this content.
func (r record) knows(p string, data []byte) bool {
	return strings.Contains(r[p], digest(data))
}

// union returns the files of both records.
func (r record) union(s record) record {
	u := maps.Clone(r)
	for p, sums := range s {
		for sum := range strings.FieldsSeq(sums) {
			if !strings.Contains(u[p], sum) {
				u[p] = strings.TrimSpace(u[p] + " " + sum)
			}
		}
	}
	return u
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// render prints a record, one file a line, so that it merges and reads well.
func (r record) render() []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"comment\": \"" + Marker + "\",\n  \"version\": 1,\n  \"files\": {")
	separator := "\n"
	for _, p := range slices.Sorted(maps.Keys(r)) {
		name, _ := json.Marshal(p) // a string always has a JSON form
		b.WriteString(separator + "    " + string(name) + ": \"" + r[p] + "\"")
		separator = ",\n"
	}
	b.WriteString("\n  }\n}\n")
	return b.Bytes()
}

// parse reads what render has printed and somebody may have changed.
func parse(name string, data []byte) (record, error) {
	var m struct {
		Comment string            `json:"comment"`
		Version int               `json:"version"`
		Files   map[string]string `json:"files"`
	}
	// The version goes first: a later one may have other fields.
	if err := json.Unmarshal(data, &struct {
		Version *int `json:"version"`
	}{&m.Version}); err == nil && m.Version > manifestVersion {
		return nil, Problems{newerManifest(name)}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return nil, Problems{badManifest(name, "It is not the JSON that postern writes ("+err.Error()+").")}
	}
	if _, err := decoder.Token(); err != io.EOF || m.Version != manifestVersion || m.Files == nil {
		return nil, Problems{badManifest(name, "It does not have the form of a manifest.")}
	}
	for p, sums := range m.Files {
		if !usable(p) || !digests(sums) {
			return nil, Problems{badManifest(name, "No run of postern has written the entry "+strconv.Quote(p)+".")}
		}
	}
	return m.Files, nil
}

// digests tells whether s is one sha256 or several.
func digests(s string) bool {
	for sum := range strings.SplitSeq(s, " ") {
		if _, err := hex.DecodeString(sum); err != nil || len(sum) != 2*sha256.Size {
			return false
		}
	}
	return true
}
