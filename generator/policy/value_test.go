package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/json"

	"github.com/postern-dev/postern/generator/policy"
)

// TestFromValue holds a value to what Parse reads in its JSON.
func TestFromValue(t *testing.T) {
	for _, text := range []string{
		`{"Statement":[{"Action":["s3:GetObject","s3:PutObject"],"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":[10,2.5]}},"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		`{"Statement":{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"AWS":["111111111111"],"Service":"s3.amazonaws.com"}},"Version":"2012-10-17"}`,
		`{"Statement":[{"Action":[],"Effect":"Perhaps","Resource":null}],"Version":"2008-10-17"}`,
		`{"Statement":[{"Actions":"s3:*","Condition":["x"],"Effect":"Allow"}],"Version":1}`,
		`["no document"]`,
		`"text"`,
		`null`,
	} {
		kind, err := json.ImpliedType([]byte(text))
		require.NoError(t, err)
		v, err := json.Unmarshal([]byte(text), kind)
		require.NoError(t, err)
		want, wrong := policy.Parse(text)
		got, err := policy.FromValue(v)
		assert.Equal(t, want, got, text)
		if wrong == nil {
			assert.NoError(t, err, text)
			continue
		}
		require.Error(t, err, text)
		for i, line := range strings.Split(wrong.Error(), "\n") {
			_, line, _ = strings.Cut(line, ": ") // without its place
			assert.Equal(t, line, strings.Split(err.Error(), "\n")[i], text)
		}
	}
	_, err := policy.FromValue(cty.ObjectVal(map[string]cty.Value{"Version": cty.UnknownVal(cty.String)}))
	assert.EqualError(t, err, "not all of it is known")
}
