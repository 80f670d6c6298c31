//go:build engines && !race

package proof_test

const everywhere = true
