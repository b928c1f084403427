package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"sync"
)

const maxRequestBytes = 16 << 20

// callCounters counts SOAP requests by method name as they arrive, whatever the answer is.
type callCounters struct {
	mutex sync.Mutex
	calls map[string]int
}

func newCallCounters() *callCounters { return &callCounters{calls: map[string]int{}} }

func (c *callCounters) snapshot() map[string]int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	copied := make(map[string]int, len(c.calls))
	for method, n := range c.calls {
		copied[method] = n
	}
	return copied
}

func (c *callCounters) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			c.count(soapMethod(body))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
}

func (c *callCounters) count(method string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls[method]++
}

// soapMethod is the local name of the first element inside Body; "?" when the request is no envelope.
func soapMethod(envelope []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(envelope))
	inBody := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return "?"
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if inBody {
			return start.Name.Local
		}
		inBody = start.Name.Local == "Body"
	}
}
