package requests

// Size is how many classes each dimension has: caller, action, resource, and the condition keys.
func (u *Universe) Size() []int {
	out := make([]int, len(u.dimensions))
	for i := range out {
		out[i] = u.size(i)
	}
	return out
}
