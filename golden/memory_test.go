//go:build engines

package golden

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A configMemory stands before the emulator, which keeps only parts of some configurations, and gives them back as they
// were sent and accepted: the replication of a bucket and the configuration of a distribution. So a second plan, and
// every other client, sees what Terraform sent.
type configMemory struct {
	emulator http.Handler

	mu   sync.Mutex
	sent map[string]string // by what it is of: "/BUCKET", "distribution/ID"
}

func remembersConfigs(emulator http.Handler) http.Handler {
	return &configMemory{emulator: emulator, sent: map[string]string{}}
}

func (m *configMemory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Query().Has("replication"):
		m.replication(w, r)
	case strings.HasPrefix(r.URL.Path, distributions):
		m.distribution(w, r)
	case strings.HasPrefix(r.URL.Path, "/restapis/"):
		m.api(w, r)
	default:
		m.emulator.ServeHTTP(w, r)
	}
}

// replication answers for a bucket's rules, of which moto 5.2.1 keeps neither filters nor delete markers.
func (m *configMemory) replication(w http.ResponseWriter, r *http.Request) {
	body := drain(r)
	answer := m.ask(r)
	if answer.Code < 300 {
		switch r.Method {
		case http.MethodPut:
			m.remember(r.URL.Path, body)
		case http.MethodDelete:
			m.remember(r.URL.Path, "")
		case http.MethodGet:
			if sent := m.recall(r.URL.Path); sent != "" {
				answer.Body = bytes.NewBufferString(sent)
			}
		}
	}
	pass(w, answer)
}

const distributions = "/2020-05-31/distribution"

var (
	distributionID = regexp.MustCompile(`(?s)<Distribution[ >].*?<Id>(\w+)</Id>`)

	// ofDistributions are the parts that moto 5.2.1 forgets or changes: the origin's access control, the certificate, and
	// the policies beside which it puts forwarded values.
	ofDistributions = []*regexp.Regexp{
		regexp.MustCompile(`(?s)<DefaultCacheBehavior>.*</DefaultCacheBehavior>`),
		regexp.MustCompile(`(?s)<Origins>.*</Origins>`),
		regexp.MustCompile(`(?s)<ViewerCertificate>.*</ViewerCertificate>`),
	}
)

// distribution answers for a distribution with the parts that were sent in place of the emulator's. The rest is the
// emulator's, which as AWS fills in what was not sent.
func (m *configMemory) distribution(w http.ResponseWriter, r *http.Request) {
	sent := drain(r)
	answer := m.ask(r)
	text := answer.Body.String()
	if id := distributionID.FindStringSubmatch(text); answer.Code < 300 && id != nil {
		if sent != "" {
			m.remember("distribution/"+id[1], sent)
		}
		sent = m.recall("distribution/" + id[1])
		for _, part := range ofDistributions {
			if of := part.FindString(sent); of != "" {
				text = part.ReplaceAllLiteralString(text, of)
			}
		}
		answer.Body = bytes.NewBufferString(text)
	}
	pass(w, answer)
}

// api escapes the policy of a REST API once more, as AWS does and moto 5.2.1 does not.
func (m *configMemory) api(w http.ResponseWriter, r *http.Request) {
	answer := m.ask(r)
	var api map[string]any
	if answer.Code < 300 && json.Unmarshal(answer.Body.Bytes(), &api) == nil {
		if policy, ok := api["policy"].(string); ok && strings.HasPrefix(policy, "{") {
			escaped, _ := json.Marshal(policy)
			api["policy"] = string(escaped[1 : len(escaped)-1])
			repaired, _ := json.Marshal(api)
			answer.Body = bytes.NewBuffer(repaired)
		}
	}
	pass(w, answer)
}

func (m *configMemory) ask(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	m.emulator.ServeHTTP(answer, r)
	return answer
}

func (m *configMemory) remember(of, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent[of] = text
}

func (m *configMemory) recall(of string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent[of]
}

// drain returns the body of a request and leaves the request as it was.
func drain(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// pass hands an answer on, whose body may be another than it was.
func pass(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func TestConfigsComeBackAsTheyWereSent(t *testing.T) {
	emulator := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(drain(r), "refused"):
			w.WriteHeader(http.StatusBadRequest)
		case strings.HasPrefix(r.URL.Path, "/restapis/"):
			_, _ = io.WriteString(w, `{"policy":"{\"Version\":\"2012-10-17\"}"}`)
		case strings.HasPrefix(r.URL.Path, distributions):
			_, _ = io.WriteString(w, "<Distribution xmlns=\"x\">\n<Id>E1</Id><Aliases/><Origins><Part/></Origins></Distribution>")
		default:
			_, _ = io.WriteString(w, "<part/>")
		}
	})
	proxy := remembersConfigs(emulator)
	ask := func(method, path, body string) string {
		w := httptest.NewRecorder()
		proxy.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
		require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
		return w.Body.String()
	}

	ask("PUT", "/web?replication", "<refused/>")
	assert.Equal(t, "<part/>", ask("GET", "/web?replication", ""), "what was refused is not there")
	ask("PUT", "/web?replication", "<whole/>")
	assert.Equal(t, "<whole/>", ask("GET", "/web?replication", ""))
	assert.Equal(t, "<part/>", ask("GET", "/other?replication", ""), "another bucket's")
	ask("DELETE", "/web?replication", "")
	assert.Equal(t, "<part/>", ask("GET", "/web?replication", ""))

	ask("POST", distributions+"?WithTags", "<DistributionConfig><Comment/><Origins><Whole/></Origins></DistributionConfig>")
	assert.Equal(t, "<Distribution xmlns=\"x\">\n<Id>E1</Id><Aliases/><Origins><Whole/></Origins></Distribution>", ask("GET", distributions+"/E1", ""))

	assert.JSONEq(t, `{"policy":"{\\\"Version\\\":\\\"2012-10-17\\\"}"}`, ask("GET", "/restapis/a", ""))
}
