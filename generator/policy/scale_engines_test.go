//go:build engines

package policy_test

// scale is how many times as many requests are tried as in a quick run.
const scale = 8
