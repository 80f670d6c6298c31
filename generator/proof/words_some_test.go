//go:build !engines

package proof_test

const everyWord = false
