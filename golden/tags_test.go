//go:build engines

package golden

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const codeCommit = "CodeCommit_20150413."

// A tagMemory stands before the emulator and answers the one operation on CodeCommit that the provider cannot do
// without and moto 5.2.1 does not have: which tags a repository bears. It answers with those that the emulator
// accepted when the repository was made, and knows no other repositories.
type tagMemory struct {
	emulator http.Handler

	mu    sync.Mutex
	byARN map[string]json.RawMessage
}

func remembersTags(emulator http.Handler) http.Handler {
	return &tagMemory{emulator: emulator, byARN: map[string]json.RawMessage{}}
}

func (m *tagMemory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("X-Amz-Target") {
	case codeCommit + "CreateRepository":
		m.create(w, r)
	case codeCommit + "ListTagsForResource":
		m.list(w, r)
	default:
		m.emulator.ServeHTTP(w, r)
	}
}

// create has the emulator make a repository, and remembers its tags if it did.
func (m *tagMemory) create(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Tags json.RawMessage `json:"tags"`
	}
	peek(r, &wanted)
	answer := httptest.NewRecorder()
	m.emulator.ServeHTTP(answer, r)
	var made struct {
		Repository struct {
			ARN string `json:"Arn"`
		} `json:"repositoryMetadata"`
	}
	if answer.Code == http.StatusOK && json.Unmarshal(answer.Body.Bytes(), &made) == nil {
		if wanted.Tags == nil {
			wanted.Tags = json.RawMessage("{}")
		}
		m.mu.Lock()
		m.byARN[made.Repository.ARN] = wanted.Tags
		m.mu.Unlock()
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (m *tagMemory) list(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		ARN string `json:"resourceArn"`
	}
	peek(r, &asked)
	m.mu.Lock()
	tags, known := m.byARN[asked.ARN]
	m.mu.Unlock()
	if !known {
		m.emulator.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(map[string]json.RawMessage{"tags": tags})
}

// peek reads a request's JSON and leaves the request as it was.
func peek(r *http.Request, into any) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	_ = json.Unmarshal(body, into)
}

func TestTagsAreThoseOfTheRepository(t *testing.T) {
	emulator := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Amz-Target") {
		case codeCommit + "CreateRepository":
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "refused") {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, `{"repositoryMetadata":{"Arn":"arn:app"}}`)
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	ask := func(proxy http.Handler, operation, body string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", codeCommit+operation)
		w := httptest.NewRecorder()
		proxy.ServeHTTP(w, r)
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	proxy := remembersTags(emulator)

	status, _ := ask(proxy, "ListTagsForResource", `{"resourceArn":"arn:app"}`)
	assert.Equal(t, http.StatusInternalServerError, status, "nobody made it yet")
	status, _ = ask(proxy, "CreateRepository", `{"repositoryName":"refused"}`)
	require.Equal(t, http.StatusBadRequest, status, "a refusal is passed on")
	status, _ = ask(proxy, "ListTagsForResource", `{"resourceArn":"arn:app"}`)
	assert.Equal(t, http.StatusInternalServerError, status, "and nothing was made")

	_, made := ask(proxy, "CreateRepository", `{"repositoryName":"app","tags":{"owner":"platform"}}`)
	require.Contains(t, made, "arn:app")
	_, tags := ask(proxy, "ListTagsForResource", `{"resourceArn":"arn:app"}`)
	assert.JSONEq(t, `{"tags":{"owner":"platform"}}`, tags)
}
