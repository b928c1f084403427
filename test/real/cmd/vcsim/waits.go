package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"time"
)

var maxWait = regexp.MustCompile(`(<(?:\w+:)?maxWaitSeconds[^>]*>)\s*(\d+)\s*(<)`)

const betweenLooks = 5 * time.Millisecond

// waitSlicer keeps vcsim from blocking itself: there, a WaitForUpdatesEx locks its filter and then
// the list view, a ModifyListView the two the other way round, and both hang for good. Here a long
// wait becomes a series of looks that do not wait, and never runs beside a change of a list view.
//
// A wait without maxWaitSeconds is passed on as it is.
type waitSlicer struct {
	mutex sync.Mutex
	next  http.Handler
}

func (s *waitSlicer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		s.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	switch soapMethod(body) {
	case "ModifyListView", "ResetListView":
		s.mutex.Lock()
		defer s.mutex.Unlock()
	case "WaitForUpdatesEx":
		if found := maxWait.FindSubmatch(body); found != nil {
			seconds, _ := strconv.Atoi(string(found[2]))
			s.wait(w, r, maxWait.ReplaceAll(body, []byte("${1}0${3}")), time.Duration(seconds)*time.Second)
			return
		}
	}
	s.next.ServeHTTP(w, r)
}

func (s *waitSlicer) wait(w http.ResponseWriter, r *http.Request, look []byte, patience time.Duration) {
	end := time.Now().Add(patience)
	for {
		answer := s.look(r, look)
		news := answer.Code != http.StatusOK || bytes.Contains(answer.Body.Bytes(), []byte("<returnval"))
		if news || !time.Now().Before(end) {
			for name, values := range answer.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(betweenLooks):
		}
	}
}

func (s *waitSlicer) look(r *http.Request, body []byte) *httptest.ResponseRecorder {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	request := r.Clone(r.Context())
	request.Body = io.NopCloser(bytes.NewReader(body))
	request.ContentLength = int64(len(body))
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, request)
	return answer
}
