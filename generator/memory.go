package generator

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/cache"
	"github.com/postern-dev/postern/generator/spec"
	"github.com/postern-dev/postern/generator/tree"
)

// What a spec asks for is remembered as a whole, so that a run before which nothing has changed works nothing out. The
// rules are:
//
//   - A tree is kept under the hash of this build of postern and of the files of the spec. What functions of the spec found
//     in other files is kept beside it, and has to be found again. So it is never out of date.
//   - Files on disk are compared with it like with any other tree.
//   - A tree that came with diagnostics is not kept: somebody would not be told again.
//   - What was damaged is not there. Those used last stay, as many as fit.
const (
	treePrefix = "tree-"
	treeRoom   = 128 << 20 // bytes
)

// A remembered tree, without the bytes of its files, which follow.
type remembered struct {
	Output string // as the spec names it
	Found  map[string]string
	Files  []rememberedFile
}

type rememberedFile struct {
	Path string
	Size int
}

// Tree is Generate for who needs the tree alone: if nothing has changed that it follows from, from memory.
func (r Request) Tree(blueprints []Blueprint) (*Result, hcl.Diagnostics) {
	if r.Cache == "" {
		return r.Generate(blueprints)
	}
	go cache.Build() // takes as long as reading a spec
	if result := r.recall(r.name(spec.Digest(r.Spec), blueprints)); result != nil {
		return result, nil
	}
	result, diags := r.Generate(blueprints)
	if len(diags) == 0 {
		inputs := result.spec.Inputs()
		r.keep(r.name(inputs.Files, blueprints), result, inputs.Found)
	}
	return result, diags
}

// name is the name of the file that keeps the tree of a spec, "" if none does.
func (r Request) name(digest string, blueprints []Blueprint) string {
	if digest == "" || cache.Build() == "" {
		return ""
	}
	h := sha256.New()
	h.Write([]byte(cache.Build() + digest))
	for _, b := range blueprints {
		h.Write([]byte(b.Name() + " "))
	}
	return treePrefix + hex.EncodeToString(h.Sum(nil))
}

// recall is the Result that is kept under a name, nil if none is.
func (r Request) recall(name string) *Result {
	folder := cache.Folder(r.Cache)
	if name == "" {
		return nil
	}
	sum, rest, _ := bytes.Cut(folder.Read(name), []byte("\n"))
	head, data, _ := bytes.Cut(rest, []byte("\n"))
	var kept remembered
	if string(sum) != hash(rest) || json.Unmarshal(head, &kept) != nil || !(spec.Inputs{Found: kept.Found}).Hold(r.Spec) {
		return nil
	}
	files := make([]tree.File, len(kept.Files))
	for i, f := range kept.Files {
		files[i], data = tree.File{Path: f.Path, Data: data[:f.Size:f.Size]}, data[f.Size:]
	}
	folder.Touch(name)
	return &Result{Tree: tree.New(files), Output: r.output(kept.Output)}
}

// keep keeps a Result.
func (r Request) keep(name string, result *Result, found map[string]string) {
	if name == "" {
		return
	}
	kept := remembered{Output: result.source.Topology.Output, Found: found}
	parts := [][]byte{nil, nil}
	for _, f := range result.Tree.Files() {
		kept.Files = append(kept.Files, rememberedFile{f.Path, len(f.Data)})
		parts = append(parts, f.Data)
	}
	head, err := json.Marshal(kept)
	if err != nil {
		panic(err) // it holds nothing else than JSON does
	}
	parts[1] = append(head, '\n')
	parts[0] = []byte(hash(parts[1:]...) + "\n")
	folder := cache.Folder(r.Cache)
	folder.Replace(name, parts...)
	folder.Trim(treePrefix, treeRoom)
}

func hash(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// output is the folder that the tree belongs in: the request's, or the one that the spec names, below the spec's folder.
func (r Request) output(named string) string {
	return cmp.Or(r.Output, filepath.Join(spec.Folder(r.Spec), filepath.FromSlash(named)))
}
