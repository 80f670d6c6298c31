package roles

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNames(t *testing.T) {
	u := unique{}
	assert.Equal(t, []string{"a", "a2", "a22", "a3"}, []string{u.name("a"), u.name("a"), u.name("a2"), u.name("a")})
	assert.Equal(t, "CiProd1", camel("ci-prod1"))
	assert.Equal(t, "a_b_c-1", identifier("a.b@c-1"))
	assert.Equal(t, strings.Repeat("word ", 23)[:114]+"\nword word", folded(strings.TrimSpace(strings.Repeat("word ", 25))))
}
