package guard

import "bytes"

// flat tells of nearly every sane spec, and much faster than the tokens could, that it is not nested too deeply. Whatever it
// does not understand at a glance (heredocs, comments within lines, brackets within templates) it leaves to them.
func flat(text []byte) bool {
	var n nesting
	for line := range bytes.Lines(text) {
		if !n.readLine(line) {
			return false
		}
		if n.round == 0 {
			n.operators = 0 // a line ends an expression unless it is in round or square brackets
		}
	}
	return true
}

type nesting struct{ round, curly, operators int }

// readLine counts what nests in a line. It is false for what it cannot judge.
func (n *nesting) readLine(line []byte) bool {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '#':
			return true
		case '"':
			end := plainString(line[i:])
			if end < 0 {
				return false
			}
			i += end
		case '/', '<':
			twice := i+1 < len(line) && line[i+1] == c
			if twice || c == '/' && i+1 < len(line) && line[i+1] == '*' {
				return twice && c == '/'
			}
			n.operators++
		default:
			n.read(c)
		}
		if n.round < 0 || n.curly < 0 || 2*(n.round+n.curly)+n.operators > 2*MaxNesting {
			return false
		}
	}
	return true
}

func (n *nesting) read(c byte) {
	switch c {
	case '(', '[':
		n.round++
		n.operators++
	case '{':
		n.curly++
		n.operators++
	case ')', ']':
		n.round--
	case '}':
		n.curly--
	case '+', '-', '*', '%', '>', '=', '!', '&', '|', '?':
		n.operators++
	}
}

// plainString is the place of the quote that ends a string, or -1 if that is hard to tell.
func plainString(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i
		case '\\':
			i++
		case '$', '%':
			if i+1 < len(text) && text[i+1] == '{' {
				end := bytes.IndexAny(text[i+2:], "{}\"\\\n")
				if end < 0 || text[i+2+end] != '}' {
					return -1
				}
				i += 2 + end
			}
		}
	}
	return -1
}
