package remote

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/schema"
)

// fleet makes plain devices with a module each, of nobody's.
func (r *rig) fleet(n int) {
	r.Helper()
	for start := 0; start < n; start += hub.MaxBulk {
		var devices, modules []hub.BulkEntry
		for i := start; i < min(n, start+hub.MaxBulk); i++ {
			id := fmt.Sprintf("dev-%03d", i)
			devices = append(devices, hub.BulkEntry{ID: id, ImportMode: hub.ImportCreate, Status: "enabled"})
			modules = append(modules, hub.BulkEntry{ID: id, ModuleID: "m", ImportMode: hub.ImportCreate})
		}
		for _, entries := range [][]hub.BulkEntry{devices, modules} {
			if res, err := r.portal.Bulk(r.Context(), entries); err != nil || !res.IsSuccessful {
				r.Fatalf("make fleet: %+v, %v", res, err)
			}
		}
	}
}

func TestLivePages(t *testing.T) {
	t.Parallel()
	r := newCalmRig(t)
	r.fleet(250)
	list := r.live()
	if len(list) != 500 {
		t.Fatalf("got %d objects, want 250 devices and 250 modules", len(list))
	}
	for i := range 250 {
		device, module := list[i], list[250+i]
		id := fmt.Sprintf("dev-%03d", i)
		if device.Addr != schema.DeviceAddress(id) || module.Addr != schema.ModuleAddress(id, "m") {
			t.Fatalf("at %d: got %s and %s, want those of %s", i, device.Addr, module.Addr, id)
		}
		if device.ETags.Identity == "" || device.ETags.Twin == "" || device.ETags.Identity == module.ETags.Identity {
			t.Fatalf("%s: got ETags %+v and %+v, want both of each and their own", id, device.ETags, module.ETags)
		}
	}
	queries := r.wire.requests("POST", "/devices/query")
	bodies := []string{`{"query":"SELECT * FROM devices"}`, `{"query":"SELECT * FROM devices.modules"}`}
	if len(queries) != 6 || len(r.wire.lines()) != 7 || len(r.wire.requests("GET", "/configurations")) != 1 || queries[0].Body != bodies[0] || queries[3].Body != bodies[1] {
		t.Errorf("got requests %v, want three pages of each query, one list of configurations and nothing else", queries)
	}
	if want := []int{100, 200, 250, 350, 450, 500}; !slices.Equal(r.progress, want) {
		t.Errorf("progress: got %v, want %v", r.progress, want)
	}
}

func TestLiveLeavesSystemModulesOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	edge := hub.BulkEntry{ID: "gw", ImportMode: hub.ImportCreate, Status: "enabled", Capabilities: &hub.Capabilities{IoTEdge: true}}
	if _, err := r.portal.Bulk(t.Context(), []hub.BulkEntry{edge}); err != nil {
		t.Fatal(err)
	}
	list := r.live()
	if len(list) != 1 || list[0].Addr != schema.DeviceAddress("gw") {
		t.Errorf("got %v, want the device alone", list)
	}
	if want := []int{1, 3}; !slices.Equal(r.progress, want) {
		t.Errorf("progress: got %v, want %v: system modules are read too", r.progress, want)
	}
}

func TestLiveEndsWithAnError(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{
		"refused":       refused(http.StatusBadRequest, "ArgumentInvalid", "{}"),
		"not a twin":    answered(`[1]`),
		"not an answer": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, "<html>") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fleet(3)
			r.wire.disturb(1, "POST /devices/query", after(func() {}))
			r.wire.disturb(1, "POST /devices/query", f)
			objects, errs := 0, 0
			for _, err := range r.Live(t.Context()) {
				if err != nil {
					errs++
					continue
				}
				objects++
			}
			if objects != 3 || errs != 1 {
				t.Errorf("got %d objects and %d errors, want 3 devices, then one error and nothing more", objects, errs)
			}
		})
	}
}

// TestLiveStopsWhenNobodyListens: no more is asked for than is on its way to be converted.
func TestLiveStopsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fleet(1500)
	n := 0
	for _, err := range r.Live(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 5 {
			break
		}
	}
	if got, most := len(r.wire.lines()), inorder.Cores()+1; got > most {
		t.Errorf("got %d requests, want the first pages only, at most %d", got, most)
	}
}

func TestReadTellsAbsenceFromFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, exists, err := r.read(t.Context(), schema.DeviceAddress("nobody")); exists || err != nil {
		t.Errorf("absent: got %v, %v, want neither", exists, err)
	}
	r.wire.disturb(1, "GET /twins/nobody", refused(http.StatusNotFound, "", "no such page"))
	var e *hub.Error
	if _, exists, err := r.read(t.Context(), schema.DeviceAddress("nobody")); exists || !errors.As(err, &e) {
		t.Errorf("a 404 of somebody else: got %v, %v, want an error", exists, err)
	}
}
