package golden

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/blueprints"
	shipped "github.com/postern-dev/postern/examples"
	"github.com/postern-dev/postern/generator"
	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A damage is what may happen to a file of a tree: so many bytes from a place on are flipped, lost, there twice, nested or the last.
type damage struct {
	kind   byte
	at     uint32
	length uint16
}

const damages = 6

func (d damage) of(data []byte) []byte {
	at := int(d.at) % len(data)
	end := min(len(data), at+1+int(d.length)%64)
	switch d.kind % damages {
	case 0:
		data = slices.Clone(data)
		data[at] ^= 1 << (d.length % 8)
		return data
	case 1:
		return slices.Delete(slices.Clone(data), at, end)
	case 2:
		return slices.Insert(slices.Clone(data), at, data[at:end]...)
	case 3:
		return data[:at]
	case 4:
		open := []string{"(", "[", "{", `"${`, "f(", "a {\n"}[int(d.at)%6]
		return slices.Insert(slices.Clone(data), at, []byte(strings.Repeat(open, int(d.length)))...)
	}
	line := bytes.LastIndexByte(data[:at], '\n') + 1
	rest := bytes.SplitAfterN(data[at:], []byte("\n"), 2)
	return slices.Delete(slices.Clone(data), line, at+len(rest[0]))
}

// A grown is a tree that damages are done to, and what it has to be.
type grown struct {
	result *generator.Result
	topo   *topology.Topology
	files  []tree.File // those that the proof reads
	claims int
}

var grownTrees = sync.OnceValue(func() (out []grown) {
	for _, name := range shipped.Names() {
		request := generator.Request{Spec: filepath.Join(examples, name)}
		result, diags := request.Generate(blueprints.All)
		if diags.HasErrors() {
			panic(diags)
		}
		g := grown{result: result}
		g.topo, _, _ = request.Topology()
		for _, f := range result.Tree.Files() {
			if path.Ext(f.Path) == ".tf" {
				g.files = append(g.files, f)
			}
		}
		report, _ := result.Prove(g.topo, g.files)
		g.claims = report.Claims
		out = append(out, g)
	}
	return out
})

// endure holds of every damaged tree: the proof ends without a panic; it does not pass what Terraform cannot read; and what means
// the same to Terraform (other comments, spaces and empty lines) it proves as before. It tells whether a change of meaning passed.
//
// That no change of meaning passes that matters is held by the mutations of package proof.
func (g grown) endure(t *testing.T, file int, d damage) (passed bool) {
	file %= len(g.files)
	files := slices.Clone(g.files)
	files[file].Data = d.of(files[file].Data)
	report, diags := g.result.Prove(g.topo, files)
	readable := true
	if len(files[file].Data) < 1<<16 { // what is nested further takes the parser of HCL too long
		_, wrong := hclsyntax.ParseConfig(files[file].Data, "a.tf", hcl.InitialPos)
		readable = !wrong.HasErrors()
	}
	switch same := meaning(files[file].Data) == meaning(g.files[file].Data); {
	case !readable:
		assert.True(t, diags.HasErrors(), "%s is proved, and Terraform cannot read it: %+v", files[file].Path, d)
	case same:
		assert.Empty(t, diags, "%s means the same, and is not proved: %+v", files[file].Path, d)
		if bytes.HasPrefix(files[file].Data, []byte("# "+tree.Marker)) { // of others', fewer things are claimed
			assert.Equal(t, g.claims, report.Claims)
		}
	default:
		return !diags.HasErrors()
	}
	return false
}

// meaning is a file without comments and spaces.
func meaning(data []byte) string {
	var b strings.Builder
	tokens, _ := hclsyntax.LexConfig(data, "a.tf", hcl.InitialPos)
	ended := true // the line, or no line has begun
	for _, token := range tokens {
		switch {
		case token.Type == hclsyntax.TokenNewline || token.Type == hclsyntax.TokenComment && bytes.HasSuffix(token.Bytes, []byte("\n")):
			if !ended {
				b.WriteString("\n")
			}
			ended = true
		case token.Type != hclsyntax.TokenComment:
			b.WriteString(string(token.Bytes) + "\x00")
			ended = false
		}
	}
	return b.String()
}

func TestDamagedTrees(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	passed, all := 0, 600
	for range all {
		trees := grownTrees()
		d := damage{kind: byte(random.IntN(damages)), at: random.Uint32(), length: uint16(random.IntN(2_000))}
		if trees[random.IntN(len(trees))].endure(t, random.IntN(1<<20), d) {
			passed++
		}
	}
	t.Logf("%d of %d damages change what a file says, and no claim", passed, all)
}

func FuzzProve(f *testing.F) {
	for kind := range byte(damages) {
		for which := range byte(len(shipped.Names())) {
			f.Add(which, uint16(kind)*7, kind, uint32(which)*997+uint32(kind), uint16(kind)*300)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, file uint16, kind byte, at uint32, length uint16) {
		trees := grownTrees()
		trees[int(which)%len(trees)].endure(t, int(file), damage{kind, at, length})
	})
}

// TestCheckSeesEveryByte changes each byte of a file of a tree on disk, one at a time.
func TestCheckSeesEveryByte(t *testing.T) {
	dir, of := t.TempDir(), grownTrees()[0].result.Tree
	_, err := tree.Write(dir, of, tree.Options{})
	require.NoError(t, err)
	f := grownTrees()[0].files[0]
	for at := range f.Data {
		for _, changed := range [][]byte{damage{0, uint32(at), 0}.of(f.Data), slices.Delete(slices.Clone(f.Data), at, at+1)} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(f.Path)), changed, 0o600))
			changes, err := tree.Compare(dir, of)
			require.True(t, err != nil || len(changes) == 1 && changes[0].Path == f.Path && changes[0].Edited, "byte %d", at)
		}
	}
}
