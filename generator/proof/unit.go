package proof

import (
	"net/netip"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"

	"github.com/postern-dev/postern/generator/topology"
	"github.com/postern-dev/postern/generator/tree"
)

// A unit is a part of the spec that has nothing to do with the rest, and the files of its accounts.
//
// To prove each unit is to prove the whole, and needs the syntax of a few units at a time. For the rules are:
//
//   - Blocks of the spec that point at each other are in one unit, and so are accounts one of which has the other's number
//     in its blocks or in its files, and runners that come from the same addresses. So whoever is let into a unit, by mistake as well, is in it or is no account of the spec.
//   - What a stack makes belongs to the account in which its provider works (see Placed): nothing that is in the files of
//     one unit is part of another's networks, roles or keys.
//   - Whoever reads the state of a stack that the unit does not have is found out: then the whole is one unit.
//   - A file outside of all accounts could be about anything: then too.
type unit struct {
	topology  *topology.Topology
	files     []tree.File
	explained bool // see Explained
}

// units splits the whole.
func (whole unit) units() []unit {
	j := joints{parents: map[pointer]pointer{}, accounts: map[string]pointer{}, names: map[string]pointer{}}
	j.topology(whole.topology)
	if !j.files(whole.files) {
		return []unit{whole}
	}
	var units []unit
	at := map[pointer]int{}
	unitOf := func(p pointer) *unit {
		root := j.root(p)
		if _, known := at[root]; !known {
			at[root] = len(units)
			units = append(units, unit{topology: whole.bare(), explained: whole.explained})
		}
		return &units[at[root]]
	}
	for _, i := range lists() {
		for _, block := range reflect.ValueOf(whole.topology).Elem().Field(i).Seq2() {
			part := reflect.ValueOf(unitOf(pointerOf(block)).topology).Elem().Field(i)
			part.Set(reflect.Append(part, block))
		}
	}
	for _, f := range whole.files {
		u := unitOf(j.names[accountOf(f)])
		u.files = append(u.files, f)
	}
	return units
}

// bare is the topology without its blocks.
func (whole unit) bare() *topology.Topology {
	t := *whole.topology
	for _, i := range lists() {
		reflect.ValueOf(&t).Elem().Field(i).SetZero()
	}
	return &t
}

// lists are the fields of a topology that hold its blocks.
func lists() (fields []int) {
	for i, f := range reflect.VisibleFields(reflect.TypeFor[topology.Topology]()) {
		if f.Type.Kind() == reflect.Slice && slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Interface}, f.Type.Elem().Kind()) {
			fields = append(fields, i)
		}
	}
	return fields
}

// accountOf is the name of the account whose folder a file is in.
func accountOf(f tree.File) string {
	name, _, _ := strings.Cut(f.Path, "/")
	return name
}

// A pointer is an identity of something in a topology. A struct and its first field have the same address.
type pointer struct {
	kind    reflect.Type
	address uintptr
}

func pointerOf(v reflect.Value) pointer {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return pointer{v.Type(), v.Pointer()}
}

// joints are what hangs together: a forest whose trees are the units.
type joints struct {
	parents  map[pointer]pointer
	accounts map[string]pointer // by ID
	names    map[string]pointer // of accounts
}

// root stands for all that hangs together with something.
func (j *joints) root(p pointer) pointer {
	for {
		parent, known := j.parents[p]
		if !known || parent == p {
			return p
		}
		p = parent
	}
}

func (j *joints) join(a, b pointer) { j.parents[j.root(a)] = j.root(b) }

func (j *joints) topology(t *topology.Topology) {
	for _, a := range t.Accounts {
		p := pointerOf(reflect.ValueOf(a))
		j.accounts[a.ID], j.names[a.Name] = p, p
	}
	for _, i := range lists() {
		for _, block := range reflect.ValueOf(t).Elem().Field(i).Seq2() {
			j.walk(block, pointerOf(block))
		}
	}
	j.neighbours(t)
}

// neighbours joins runners that come from the same addresses on the internet: what is stolen from one may work for others.
func (j *joints) neighbours(t *topology.Topology) {
	type standing struct {
		netip.Prefix
		pointer
	}
	var all []standing
	for _, r := range t.Runners {
		addresses := r.Addresses
		if r.Network != nil {
			addresses = nil
			if r.Network.Existing != nil {
				addresses = r.Network.Existing.NATAddresses
			}
		}
		for _, p := range addresses {
			all = append(all, standing{p, pointerOf(reflect.ValueOf(r))})
		}
	}
	slices.SortFunc(all, func(a, b standing) int { return a.Prefix.Compare(b.Prefix) })
	var around standing // a range holds those that come after it and overlap with it
	for _, next := range all {
		if around.Overlaps(next.Prefix) {
			j.join(next.pointer, around.pointer)
		} else {
			around = next
		}
	}
}

// files joins accounts by the numbers in their files. It returns false if there is a file of no account.
func (j *joints) files(files []tree.File) bool {
	named := make([][]string, len(files))
	sideBySide(len(files), func(i int) { named[i] = numbers(j.accounts, files[i].Data) })
	for i, f := range files {
		own, known := j.names[accountOf(f)]
		if !known {
			return false
		}
		for _, id := range named[i] {
			j.join(j.accounts[id], own)
		}
	}
	return true
}

var inTopology, aRange = reflect.TypeFor[topology.Topology]().PkgPath(), reflect.TypeFor[hcl.Range]()

// walk joins whatever can be reached from something with it.
func (j *joints) walk(v reflect.Value, from pointer) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().PkgPath() != inTopology {
			return
		}
		p := pointerOf(v)
		_, seen := j.parents[p]
		j.join(p, from)
		if !seen {
			j.walk(v.Elem(), p)
		}
	case reflect.Interface:
		j.walk(v.Elem(), from)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != aRange {
				j.walk(v.Field(i), from)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			j.walk(v.Index(i), from)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			j.walk(key, from)
			j.walk(value, from)
		}
	case reflect.String:
		for _, id := range numbers(j.accounts, v.String()) {
			j.join(j.accounts[id], from)
		}
	}
}

// numbers are the accounts whose numbers are in a text. It looks at every twelfth byte or so.
func numbers[T string | []byte](accounts map[string]pointer, text T) (ids []string) {
	const length = 12
	for end := length; end <= len(text); {
		last := end - 1
		for last >= end-length && '0' <= text[last] && text[last] <= '9' {
			last--
		}
		if last >= end-length {
			end = last + 1 + length
			continue
		}
		id := string(text[end-length : end])
		if _, known := accounts[id]; known && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		end++
	}
	return ids
}

// sideBySide does something n times, on all processors.
func sideBySide(n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}
