package spec

import "github.com/postern-dev/postern/generator/guard"

// No spec takes unbounded time or memory. These limits say how much it may take; a real spec of thousands of blocks comes
// nowhere near them.
//
// Not limited: how many mistakes are reported, and the parser's own memory, about two hundred bytes for each byte of
// punctuation in a file.
const (
	maxFile     = guard.MaxParsed  // bytes of one file of the spec
	maxSpec     = 16 << 20         // bytes of all of them
	maxRead     = 1 << 20          // bytes of a file that file() reads
	maxNesting  = guard.MaxNesting // brackets within brackets, and operators between them
	maxChain    = 1000             // references that lead to one another
	maxMistakes = 10               // of one argument
	maxDigits   = 1000             // of a number in text, and the width of a format
	maxBits     = 1024             // of a number
	maxPattern  = 1 << 10          // bytes of a regular expression
	maxYAML     = 256 << 10        // bytes of text to decode as YAML
	maxAliases  = 16               // in it
	allowance   = 1 << 26          // work of all expressions together, see meter
)
