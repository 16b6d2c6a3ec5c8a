package remote

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

func (r *rig) keys(a schema.Address) *Keys {
	r.Helper()
	k, err := r.Keys(r.Context(), a)
	if err != nil {
		r.Fatal(err)
	}
	return k
}

// At every point the key that the client connects with is one of the two.
func TestRotateKeepsTheClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d", Status: new("enabled"), Edge: new(true)})
	addr := schema.DeviceAddress("d")
	start := r.device("d")
	fingerprint, err := r.keys(addr).Swap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	swapped := r.device("d")
	if swapped.Authentication.SymmetricKey.Primary != start.Authentication.SymmetricKey.Primary {
		t.Error("swap: the primary key changed")
	}
	key := swapped.Authentication.SymmetricKey.Secondary
	if key == start.Authentication.SymmetricKey.Secondary || fingerprint != fingerprintOf(key) || strings.Contains(key, fingerprint) {
		t.Error("swap: the secondary key is not a new one with the fingerprint")
	}
	k := r.keys(addr)
	if err := k.Check(strings.ToUpper(fingerprint)); err != nil {
		t.Error(err)
	}
	if err := k.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	end := r.device("d")
	if end.Authentication.SymmetricKey.Primary != key {
		t.Error("finish: the new key is not the primary one")
	}
	for _, old := range []string{start.Authentication.SymmetricKey.Primary, start.Authentication.SymmetricKey.Secondary, key} {
		if end.Authentication.SymmetricKey.Secondary == old {
			t.Error("finish: the secondary key is no new one")
		}
	}
	if end.Scope() != start.Scope() || !end.Edge() || end.Status != start.Status {
		t.Errorf("got %+v, want the rest as before", end)
	}
}

// Somebody who changes the identity at the same time wins, and nothing is written.
func TestRotateUnderWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"})
	k := r.keys(schema.DeviceAddress("d"))
	r.identity("d", func(d *hub.Device) { d.StatusReason = "theirs" })
	before := r.device("d")
	if _, err := k.Swap(t.Context()); err == nil || !strings.Contains(err.Error(), "its keys are as they were") {
		t.Errorf("got %v, want that somebody else changed it", err)
	}
	if after := r.device("d"); after.Authentication != before.Authentication || after.ETag != before.ETag {
		t.Error("the identity was written")
	}
}

// When the answer is lost, the hub is asked what became of it.
func TestRotateWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, carriedOut := range map[string]bool{"carried out": true, "not carried out": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.set(&schema.Device{ID: "d"})
			k := r.keys(schema.DeviceAddress("d"))
			r.wire.disturb(1, "PUT /devices/d", func(_ http.ResponseWriter, req *http.Request, h http.Handler) {
				if carriedOut {
					h.ServeHTTP(httptest.NewRecorder(), req)
				}
				panic(http.ErrAbortHandler)
			})
			fingerprint, err := k.Swap(t.Context())
			if (err == nil) != carriedOut {
				t.Errorf("got %v, want success %v", err, carriedOut)
			}
			if got := r.keys(schema.DeviceAddress("d")).Check(fingerprint) == nil; got != carriedOut {
				t.Errorf("the new key is there: %v, want %v", got, carriedOut)
			}
		})
	}
}

func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.env["FIRST"], r.env["SECOND"] = madeUpKey("first"), madeUpKey("second")
	r.set(
		&schema.Device{ID: "ca", Auth: &schema.Auth{Type: schema.AuthX509CA}},
		keyed("declared"),
		&schema.Device{ID: "hidden"},
	)
	r.wire.disturb(1, "GET /devices/hidden", withMember("authentication", `{"type":"sas"}`))
	for _, id := range []string{"ca", "declared", "hidden"} {
		_, err := r.Keys(t.Context(), schema.DeviceAddress(id))
		if _, ok := errors.AsType[Refusal](err); !ok {
			t.Errorf("%s: got %v, want a refusal", id, err)
		}
	}
	if _, err := r.Keys(t.Context(), schema.DeviceAddress("nobody")); !hub.IsNotFound(err) {
		t.Errorf("nobody: got %v, want not found", err)
	}
}
