//go:build engines

package golden

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startEmulator starts a moto server of this test's own and returns the address of the proxy in front of it.
func startEmulator(t *testing.T, program string) string {
	t.Helper()
	server := "127.0.0.1:" + freePort(t)
	host, port, _ := net.SplitHostPort(server)
	cmd := exec.CommandContext(t.Context(), program, "-H", host, "-p", port)
	// Roles' accounts come from their ARNs unless MOTO_ACCOUNT_ID is set, so nothing of ours may be inherited.
	cmd.Env = append(without(os.Environ(), "MOTO_", "AWS_"), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	require.NoError(t, cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }() // the end of the test's context kills it
	t.Cleanup(func() { <-exited })

	for deadline := time.Now().Add(time.Minute); !answers(server); time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "%s does not answer", program)
	}
	proxy := httptest.NewServer(remembersConfigs(remembersTags(translator(server))))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func answers(server string) bool {
	r, err := http.Get("http://" + server + "/moto-api/")
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// translator passes everything on and repairs answers on the way back. Requests for other hosts, which reach it
// as an HTTP proxy, are for the same server: S3 Control puts the account in front of the endpoint's name.
func translator(server string) http.Handler {
	target := &url.URL{Scheme: "http", Host: server}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode != http.StatusOK || !writesDatesAsText(r.Request.Header.Get("X-Amz-Target")) {
				return nil
			}
			return repairDates(r)
		},
	}
}

// writesDatesAsText tells of an operation whether moto answers with text where AWS, and the provider, have
// numbers for dates.
func writesDatesAsText(operation string) bool {
	for _, service := range []string{"CodeCommit_", "CodeDeploy_", "CodePipeline_"} {
		if strings.HasPrefix(operation, service) {
			return true
		}
	}
	return false
}

// repairDates turns the dates of an answer into seconds since 1970.
func repairDates(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var answer any
	if json.Unmarshal(body, &answer) == nil {
		if body, err = json.Marshal(numericDates("", answer)); err != nil {
			return err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// dates are the keys that hold them.
var dates = map[string]bool{
	"creationDate": true, "lastModifiedDate": true, // CodeCommit
	"created": true, "updated": true, // CodePipeline
	"createTime": true, // CodeDeploy
}

func numericDates(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = numericDates(k, e)
		}
	case []any:
		for i, e := range v {
			v[i] = numericDates(key, e)
		}
	case string:
		if at, err := time.Parse(time.RFC3339, v); dates[key] && err == nil {
			return float64(at.UnixMilli()) / 1000
		}
	}
	return v
}

func TestTranslatorRepairsOnlyDates(t *testing.T) {
	tests := []struct {
		target       string
		status       int
		answer, want string
	}{
		{"CodeCommit_20150413.GetRepository", 200, `{"m":{"creationDate":"1970-01-01T00:00:01.500Z"}}`, `{"m":{"creationDate":1.5}}`},
		{"CodeCommit_20150413.GetRepository", 200, `{"m":{"description":"1970-01-01T00:00:01Z"}}`, `{"m":{"description":"1970-01-01T00:00:01Z"}}`},
		{"CodeCommit_20150413.GetRepository", 400, `{"creationDate":"1970-01-01T00:00:01Z"}`, `{"creationDate":"1970-01-01T00:00:01Z"}`},
		{"CodeBuild_20161006.BatchGetProjects", 200, `{"created":"1970-01-01T00:00:01Z"}`, `{"created":"1970-01-01T00:00:01Z"}`},
		{"CodeCommit_20150413.GetRepository", 500, `<html>not implemented</html>`, `<html>not implemented</html>`},
	}
	for _, test := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.answer)
		}))
		proxy := httptest.NewServer(translator(strings.TrimPrefix(server.URL, "http://")))
		r, err := http.NewRequest(http.MethodPost, proxy.URL, nil)
		require.NoError(t, err)
		r.Header.Set("X-Amz-Target", test.target)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, test.status, response.StatusCode)
		assert.Equal(t, test.want, string(got))
		response.Body.Close()
		proxy.Close()
		server.Close()
	}
}
