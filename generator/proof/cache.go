package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/generator/cache"
)

// A Cache is a folder that keeps what was proved, so that it is not proved again; "" keeps nothing. The rules are:
//
//   - What is kept is the report on a unit, under the hash of all that it follows from (see key). So it is never out of
//     date, and never believed over a file.
//   - Only reports without failures are kept.
//   - It is one file, of a line for each report, those used last first, as many as fit. What was damaged is not there.
type Cache cache.Folder

const (
	cacheFile = "proofs"
	cacheSize = 32 << 20 // bytes at most
)

// A memory is what a cache holds.
type memory struct {
	build string            // the hash of this postern; empty: nothing is kept
	lines map[string]string // by key
	keys  []string          // those used last first
}

// open reads the cache.
func (c Cache) open() memory {
	m := memory{lines: map[string]string{}}
	if c == "" {
		return m
	}
	m.build = cache.Build()
	for line := range strings.Lines(string(cache.Folder(c).Read(cacheFile))) {
		key, _, _ := strings.Cut(line, " ")
		m.lines[key] = line
		m.keys = append(m.keys, key)
	}
	return m
}

// line is the line of a report: its key, the hash of both, and the report as JSON.
func line(key string, r Report) string {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // a report holds nothing else than JSON does
	}
	return key + " " + sum(key, string(data)) + " " + string(data) + "\n"
}

func sum(key, data string) string {
	h := sha256.Sum256([]byte(key + data))
	return hex.EncodeToString(h[:])
}

// find is the report that is kept under a key, if it is whole.
func (m memory) find(key string) (r Report, found bool) {
	text, whole := strings.CutSuffix(m.lines[key], "\n")
	fields := strings.SplitN(text, " ", 3)
	if !whole || len(fields) < 3 || fields[1] != sum(key, fields[2]) || json.Unmarshal([]byte(fields[2]), &r) != nil {
		return Report{}, false
	}
	return r, true
}

// save keeps what was proved without failures, and of what was kept before as much as fits.
func (c Cache) save(m memory, all []proved) {
	var keys []string
	news := false
	for _, p := range all {
		if p.key == "" || !p.whole || len(p.report.Failures) > 0 {
			continue
		}
		keys = append(keys, p.key)
		if !p.known {
			m.lines[p.key] = line(p.key, p.report)
			news = true
		}
	}
	if !news {
		return
	}
	var out strings.Builder
	written := map[string]bool{}
	for _, key := range slices.Concat(keys, m.keys) {
		if l := m.lines[key]; !written[key] && out.Len()+len(l) <= cacheSize {
			out.WriteString(l)
		}
		written[key] = true
	}
	cache.Folder(c).Replace(cacheFile, []byte(out.String()))
}

// key is the hash of all that the report on a unit follows from: this build of postern, the unit's topology, the paths and
// bytes of its files. Empty: nothing is kept.
func (m memory) key(u unit) string {
	if m.build == "" {
		return ""
	}
	s := speller{seen: map[pointer]int{}}
	s.spell(reflect.ValueOf(u.topology))
	h := sha256.New()
	h.Write(fmt.Appendf(nil, "%s%d:", m.build, len(s.text)))
	h.Write(s.text)
	for _, f := range u.files {
		h.Write(fmt.Appendf(nil, "%d:%s%d:", len(f.Path), f.Path, len(f.Data)))
		h.Write(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A speller spells a topology with everything that it points at. It knows no field by name, so it forgets none. Only lines
// of the spec are left out: they say where a failure is reported, and reports with failures are not kept.
type speller struct {
	text []byte
	seen map[pointer]int // what was spelled, in this order
}

func (s *speller) spell(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		s.refer(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.Type() != aRange {
				s.spell(f)
			}
		}
	case reflect.Slice, reflect.Array:
		s.number(v.Len())
		for i := range v.Len() {
			s.spell(v.Index(i))
		}
	case reflect.String:
		s.number(v.Len())
		s.text = append(s.text, v.String()...)
	case reflect.Bool:
		s.text = strconv.AppendBool(s.text, v.Bool())
	default:
		s.scalar(v)
	}
}

func (s *speller) number(n int) { s.text = append(strconv.AppendInt(s.text, int64(n), 10), ' ') }

func (s *speller) scalar(v reflect.Value) {
	switch {
	case v.CanInt():
		s.number(int(v.Int()))
	case v.CanUint():
		s.text = append(strconv.AppendUint(s.text, v.Uint(), 10), ' ')
	default:
		panic("proof: a topology has a " + v.Type().String() + ", which is not spelled")
	}
}

// refer spells what is behind a pointer, the first time; then it is named by its number.
func (s *speller) refer(v reflect.Value) {
	if v.IsNil() {
		s.text = append(s.text, "nil "...)
		return
	}
	if v.Kind() == reflect.Interface {
		s.text = append(s.text, v.Elem().Type().String()...)
		s.spell(v.Elem())
		return
	}
	p := pointerOf(v)
	if n, known := s.seen[p]; known {
		s.text = append(s.text, '#')
		s.number(n)
		return
	}
	s.seen[p] = len(s.seen)
	s.spell(v.Elem())
}
