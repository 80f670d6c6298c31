package evidence

import (
	"maps"
	"slices"
	"strings"
)

// A Strange is something in a resource that no claim knows, or that none has read.
type Strange struct {
	At   Place
	What string // "prefix in rule.filter"
}

// Strange is what is said in the resource beside what the table of kinds knows. Of a kind that is not there, it is nothing.
func (r *Resource) Strange() []Strange {
	if !r.Stack.tree.IsKnown(r.Kind()) {
		return nil
	}
	return r.made().strange(nil, "", r.Block)
}

func (k kind) strange(out []Strange, path string, b *Block) []Strange {
	for i := range b.arguments {
		a := &b.arguments[i]
		_, anywhere := everywhere[a.Name]
		if !slices.Contains(k.says[path], a.Name) && (path != "" || !anywhere) {
			out = append(out, Strange{placeOf(a.NameRange), inside(a.Name, path)})
		}
	}
	for _, inner := range b.blocks {
		at := under(path, inner.Type)
		if _, known := k.says[at]; known {
			out = k.strange(out, at, inner)
		} else if at != lifecycle {
			out = append(out, Strange{inner.Start(), inside(inner.Type, path)})
		}
	}
	return out
}

// lifecycle is the block that is for Terraform alone. What of it matters is a problem from the start.
const lifecycle = "lifecycle"

// Unread is what of the resource nobody has asked for so far, though claims know it, and it is not free.
func (r *Resource) Unread() []Strange { return r.unread(nil, "", r.made().isFree) }

// Unread is what of a block that is no resource nobody has asked for so far.
func (b *Block) Unread() []Strange {
	return b.unread(nil, "", func(string, string) bool { return false })
}

func (b *Block) unread(out []Strange, path string, isFree func(path, name string) bool) []Strange {
	for i := range b.arguments {
		if a := &b.arguments[i]; !a.consulted.Load() && !isFree(path, a.Name) {
			out = append(out, Strange{placeOf(a.NameRange), inside(a.Name, path)})
		}
	}
	for _, inner := range b.blocks {
		at := under(path, inner.Type)
		switch {
		case at == lifecycle:
		case !inner.consulted.Load():
			out = append(out, Strange{inner.Start(), inside(inner.Type, path)})
		default:
			out = inner.unread(out, at, isFree)
		}
	}
	return out
}

func (k kind) isFree(path, name string) bool {
	_, free := k.free[under(path, name)]
	_, anywhere := everywhere[name]
	return free || path == "" && anywhere
}

// A Setting is an argument that is always the same in what postern writes, and is not.
type Setting struct {
	At       Place
	Name     string
	Is, Want string
}

// Loose are the settings of the resource that are not what they always are.
func (r *Resource) Loose() (out []Setting) {
	fixed := r.made().fixed
	for _, path := range slices.Sorted(maps.Keys(fixed)) {
		steps := strings.Split(path, ".")
		if is := r.Setting(steps...); is != fixed[path] {
			out = append(out, Setting{r.At(steps[0]), path, is, fixed[path]})
		}
	}
	return out
}

// Idle tells whether the resource does nothing, as none refers to it.
func (r *Resource) Idle() bool { return r.made().used && !r.referred.Load() }

// Twins are the resources that are the same thing as the resource, as those arguments say that no two have in common: at
// least itself, or none of a kind without such arguments.
func (t *Tree) Twins(r *Resource) []*Resource {
	one := r.made().one
	if one == nil {
		return nil
	}
	identity := func(r *Resource) string {
		parts := []string{r.Stack.Site.Account, r.Stack.Site.Region}
		for _, name := range one {
			parts = append(parts, AsText(r.peek(name)))
		}
		return strings.Join(parts, "\n")
	}
	return t.index(r.Kind(), "the same", func(r *Resource) []string { return []string{identity(r)} })[identity(r)]
}

// IsOurs tells whether the block is in a file that postern wrote, as the first line says.
func (b *Block) IsOurs() bool { return b.stack.ours[b.at.Filename] }

func under(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

func inside(name, path string) string {
	if path == "" {
		return name
	}
	return name + " in " + path
}

// Free are the arguments that the table of kinds says are free, by "kind path"; "* tags" is one of each kind.
func Free() (all []string) {
	for name := range everywhere {
		all = append(all, "* "+name)
	}
	for name, k := range kinds {
		for path := range k.free {
			all = append(all, name+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

// Excused are those of Free that are in the resource and that nobody has asked for so far.
func (r *Resource) Excused() []string { return r.made().excused(nil, "", r.Kind(), r.Block) }

func (k kind) excused(out []string, path, name string, b *Block) []string {
	for i := range b.arguments {
		a := &b.arguments[i]
		if at := under(path, a.Name); a.consulted.Load() {
			continue
		} else if _, free := k.free[at]; free {
			out = append(out, name+" "+at)
		} else if k.isFree(path, a.Name) {
			out = append(out, "* "+at)
		}
	}
	for _, inner := range b.blocks {
		out = k.excused(out, under(path, inner.Type), name, inner)
	}
	return out
}
