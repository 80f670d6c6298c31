//go:build !engines || race

package proof_test

// everywhere tells whether each careless edit is made wherever it fits. The fast tests make it in one place of one tree, and so does
// the race detector, which asks how the proof works and not what it finds.
const everywhere = false
