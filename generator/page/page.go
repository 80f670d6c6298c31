// Package page quotes the text of a spec on pages for people, so that it means itself in each of the languages there.
package page

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// Code is text as Markdown's inline code.
func Code(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, s)
	ticks := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.Contains(s, "`") || strings.Trim(s, " ") == "" {
		s = " " + s + " " // Markdown takes one space off each side
	}
	return ticks + s + ticks
}

// Fenced is a block of code.
func Fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

func longestRun(s string, of rune) int {
	longest, run := 0, 0
	for _, r := range s {
		run++
		if r != of {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

var (
	// plainYAML is text that YAML takes as it stands, unless it holds ": " or " #" or ends in a colon.
	plainYAML = regexp.MustCompile(`^[A-Za-z][ -~]*$`)
	wordsYAML = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null)$`)
)

// YAML is a string of YAML, quoted where it has to be. YAML knows all the escapes that Go writes.
func YAML(s string) string {
	if plainYAML.MatchString(s) && !wordsYAML.MatchString(s) && !strings.Contains(s, ": ") && !strings.Contains(s, " #") && strings.TrimRight(s, ": ") == s {
		return s
	}
	return strconv.Quote(s)
}

// JSON is a string of JSON.
func JSON(s string) string {
	text, _ := json.Marshal(s) // strings always marshal
	return string(text)
}

var plainShell = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// Shell is a word of a shell's command.
func Shell(s string) string {
	if plainShell.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var inGroovy = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// Groovy is a string of Groovy in single quotes, in which a dollar means itself.
func Groovy(s string) string { return "'" + inGroovy.Replace(s) + "'" }
