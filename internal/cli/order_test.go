package cli

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/emulator"
)

// shuffled stands before a hub and answers its queries in an order and in pages of
// its own: the query language promises neither (FACTS §5).
type shuffled struct {
	next http.Handler

	mu   sync.Mutex
	rnd  *rand.Rand // nil passes queries on
	size int        // items of a page
	open map[string]*answerLeft
}

// answerLeft is what has not been asked for of a query's answer.
type answerLeft struct {
	header http.Header
	items  []json.RawMessage
}

// deal makes answers come in another order and in pages of a size.
func (s *shuffled) deal(seed uint64, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rnd, s.size, s.open = rand.New(rand.NewPCG(seed, 1)), size, map[string]*answerLeft{}
}

func (s *shuffled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rnd == nil || r.URL.Path != "/devices/query" {
		s.next.ServeHTTP(w, r)
		return
	}
	query, _, _ := strings.Cut(r.Header.Get("x-ms-continuation"), " ")
	if query == "" {
		query = strconv.Itoa(len(s.open))
		s.open[query] = s.whole(r)
	}
	s.page(w, query)
}

// whole asks the hub for all pages.
func (s *shuffled) whole(r *http.Request) *answerLeft {
	body, _ := io.ReadAll(r.Body) // of this process
	a := &answerLeft{}
	for next := ""; ; {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("x-ms-continuation", next)
		if next == "" {
			r.Header.Del("x-ms-continuation")
		}
		w := httptest.NewRecorder()
		s.next.ServeHTTP(w, r)
		var items []json.RawMessage
		if err := json.Unmarshal(w.Body.Bytes(), &items); err != nil {
			panic(fmt.Sprintf("%s: %s", err, w.Body))
		}
		a.header, a.items = w.Header(), append(a.items, items...)
		if next = w.Header().Get("x-ms-continuation"); next == "" {
			s.rnd.Shuffle(len(a.items), func(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] })
			return a
		}
	}
}

func (s *shuffled) page(w http.ResponseWriter, query string) {
	a := s.open[query]
	n := min(s.size, len(a.items))
	text, err := json.Marshal(append([]json.RawMessage{}, a.items[:n]...))
	if err != nil {
		panic(err)
	}
	a.items = a.items[n:]
	maps.Copy(w.Header(), a.header)
	w.Header().Del("Content-Length")
	if len(a.items) > 0 {
		w.Header().Set("x-ms-continuation", fmt.Sprintf("%s %d", query, len(a.items)))
	}
	_, _ = w.Write(text) // the client's loss
}

// TestPlanIsTheSame: a plan file does not depend on how much is sorted in memory,
// on how large pages are, nor on the order of what they hold.
func TestPlanIsTheSame(t *testing.T) {
	t.Parallel()
	dir, hub, env := shuffledHub(t)
	now := time.Now()
	file := filepath.Join(dir, "fleet.plan")
	run := func(want int, args ...string) string {
		t.Helper()
		e, out, errs := testEnv(append([]string{"-C", dir}, args...)...)
		e.LookupEnv, e.Now = env, func() time.Time { return now }
		if code := Run(t.Context(), e); code != want {
			t.Fatalf("%v: got exit code %d, want %d; %s", args, code, want, errs)
		}
		return out.String()
	}
	writeMixed(t, dir, "", 0)
	run(exitOK, "apply", "--auto-approve")
	writeMixed(t, dir, "2", 40)
	var first []byte
	for i, v := range []struct {
		memory string
		page   int
	}{{"64MB", 100}, {"1MB", 100}, {"1MB", 7}, {"2MB", 33}, {"64MB", 1000}, {"1GB", 1}} {
		hub.deal(uint64(i), v.page)
		out := run(exitChanges, "plan", "--memory", v.memory, "--out", file, "--detailed-exitcode", "--allow-deletes", "40")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = text
			if want := "40 to add, "; !strings.Contains(out, want) || !strings.Contains(out, ", 40 to destroy") {
				t.Fatalf("got %s, want %s and as many to destroy", out[max(0, len(out)-200):], want)
			}
			continue
		}
		if !bytes.Equal(text, first) {
			t.Errorf("%s of memory, pages of %d: the plan file is another one", v.memory, v.page)
		}
	}
	run(exitOK, "apply", file)
	run(exitOK, "plan", "--detailed-exitcode", "--memory", "1MB")
}

// writeMixed writes a fleet that does not fit into 1 MiB: devices with modules, of
// which some differ with the version, and some leave while others come.
func writeMixed(t *testing.T, dir, version string, shift int) {
	t.Helper()
	text := fmt.Sprintf(`
project "order" {}
environment "dev" { hub = "%%s" }
device "sensor" {
  for_each = toset([for i in range(%[1]d, %[2]d) : format("sensor-%%%%04d", i)])
  tags     = { site = "plant-1", text = "%[4]s", more = "%[4]s" }
  desired  = { telemetry = { interval_s = 60, batch = 20 }, tenth = endswith(each.key, "7") ? "on%[3]s" : "on" }
}
device "gateway" {
  for_each = toset([for i in range(60) : format("Gateway-%%%%02d", i)])
  module "opcua" { desired = { endpoint = "opc.tcp://${each.key}%[3]s" } }
  module "modbus" { desired = { rate = 5 } }
}
`, shift, shift+1000, version, strings.Repeat("x", 500))
	host, err := os.ReadFile(filepath.Join(dir, "host"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), fmt.Appendf(nil, text, host), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shuffledHub serves a hub. Its host is the text of the file "host".
func shuffledHub(t *testing.T) (dir string, s *shuffled, env func(string) (string, bool)) {
	t.Helper()
	h, err := emulator.Open(emulator.Options{HostName: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	s = &shuffled{next: h}
	srv := httptest.NewTLSServer(s)
	t.Cleanup(srv.Close)
	dir = t.TempDir()
	host := srv.Listener.Addr().String()
	connection, err := h.ConnectionString("iothubowner", host)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(dir, "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	for name, text := range map[string][]byte{ca: cert, filepath.Join(dir, "host"): []byte(host)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := map[string]string{"IOTHUB_CONNECTION_STRING": connection, "TWINSET_CA_FILE": ca}
	return dir, s, func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}
