package evidence

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/postern-dev/postern/generator/tree"
)

// read is the value of an argument of aws_sns_topic.x in a stack, and what could not be read.
func read(t *testing.T, value, more string) (string, []string) {
	t.Helper()
	e := Read(nil, []tree.File{{Path: "a/b/c/x.tf", Data: []byte("resource \"aws_sns_topic\" \"x\" {\n  name = " + value + "\n}\n" + more)}})
	require.Len(t, e.Of("aws_sns_topic"), 1)
	v := e.Of("aws_sns_topic")[0].Text("name")
	var why []string
	for _, p := range e.Problems() {
		why = append(why, p.Why)
	}
	return Shown(v), why
}

// TestSaidInAnotherWay: what could be written down is read, and nothing else.
func TestSaidInAnotherWay(t *testing.T) {
	tests := map[string]struct{ value, more, want string }{
		"a local":           {"local.x", "locals {\n  x = \"y\"\n}\n", "y"},
		"a part of a local": {"local.x.y", "locals {\n  x = { y = \"z\" }\n}\n", "z"},
		"a local's local":   {"local.x", "locals {\n  x = local.y\n  y = \"z\"\n}\n", "z"},
		"a format":          {`format("%s-%s", "a", 1)`, "", "a-1"},
		"a symbol in one":   {`format("x-%s", aws_vpc.x.id)`, "resource \"aws_vpc\" \"x\" {\n}\n", "x-${a.b.c.aws_vpc.x.id}"},
	}
	for name, test := range tests {
		got, why := read(t, test.value, test.more)
		assert.Equal(t, test.want, got, name)
		assert.Empty(t, why, name)
	}
	for _, value := range []string{
		`local.x`, `format("%s")`, `format("%s", "a", "b")`, `format("%d", 1)`, `format("%5s", "a")`, `format("%%s", "a")`, `format("%s", ["a"])`, `format()`,
		`format(["%s"]...)`, `upper("x")`, `toset("x")`, `toset(var.x)`, `var.x`,
	} {
		got, why := read(t, value, "")
		assert.Empty(t, got, value)
		assert.Len(t, why, 1, value)
	}
}

// TestOneFault: whoever refers to what cannot be read says where it is.
func TestOneFault(t *testing.T) {
	e := Read(nil, []tree.File{{Path: "a/b/c/x.tf", Data: []byte(`resource "aws_sns_topic" "x" {
  name = var.x
}

resource "aws_sns_topic" "y" {
  name = "y-${aws_sns_topic.x.name}"
}
`)}})
	for _, r := range e.Of("aws_sns_topic") {
		assert.Empty(t, r.Text("name"))
	}
	assert.Equal(t, []Problem{{Place{"a/b/c/x.tf", 2}, "name: var.x: what it stands for is not written in this tree."}}, e.Problems())
}

// TestFoundIsConsulted: an index consults nothing but what is found by it.
func TestFoundIsConsulted(t *testing.T) {
	e := Read(nil, []tree.File{{Path: "a/b/c/x.tf", Data: []byte(`resource "aws_kms_alias" "x" {
  name          = "alias/x"
  target_key_id = aws_kms_key.x.key_id
}

resource "aws_kms_alias" "y" {
  name          = "alias/y"
  target_key_id = "y"
}

resource "aws_kms_key" "x" {
}
`)}})
	require.Len(t, e.Where("aws_kms_alias", "name", "alias/x"), 1)
	unread := map[string]int{}
	for _, r := range e.Of("aws_kms_alias") {
		unread[r.Name()] = len(r.Unread())
	}
	assert.Equal(t, map[string]int{"x": 1, "y": 2}, unread)
}
