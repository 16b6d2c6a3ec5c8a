package remote

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// device reads an identity, keys included.
func (r *rig) device(id string) hub.Device {
	r.Helper()
	d, err := r.portal.Device(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return d
}

// withMember adds a member to an answer.
func withMember(name, value string) fault {
	return func(w http.ResponseWriter, req *http.Request, h http.Handler) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		var all map[string]json.RawMessage
		if err := json.Unmarshal(rec.Body.Bytes(), &all); err != nil {
			panic(err)
		}
		all[name] = json.RawMessage(value)
		body, err := json.Marshal(all)
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(body)
	}
}

// A PUT replaces all of the identity, so all of it is sent back (FACTS §1.3).
func TestIdentityIsWrittenWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"})
	r.identity("d", func(d *hub.Device) {
		d.Extra["deviceScope"] = json.RawMessage(`"scope-of-the-parent"`)
	})
	before := r.device("d")
	c := r.change(&schema.Device{ID: "d", Status: new("disabled"), StatusReason: new("in repair")})
	r.wire.disturb(1, "GET /devices/d", withMember("attributes", `{"later":"version"}`))
	wantStatus(t, r.execute(c), apply.Done)

	after := r.device("d")
	if after.Status != "disabled" || after.StatusReason != "in repair" {
		t.Errorf("got status %s, %q, want disabled, in repair", after.Status, after.StatusReason)
	}
	if after.Authentication != before.Authentication || after.Authentication.SymmetricKey.Primary == "" {
		t.Error("the keys are not as before")
	}
	if diff := cmp.Diff(before.Extra, after.Extra); diff != "" {
		t.Errorf("other members differ (-before +after):\n%s", diff)
	}
	put := r.wire.requests("PUT", "/devices/d")[0]
	if got := text(schema.Doc(r.body("PUT", "/devices/d")), "attributes", "later"); got != "version" {
		t.Errorf("got %q, want unknown members sent back", got)
	}
	if put.IfMatch != `"`+string(before.ETag)+`"` {
		t.Errorf("If-Match: got %s, want the quoted %s", put.IfMatch, before.ETag)
	}

	wantStatus(t, r.execute(r.change(&schema.Device{ID: "d"})), apply.Done)
	if d := r.device("d"); d.Status != "enabled" || d.StatusReason != "" || d.Authentication != before.Authentication {
		t.Errorf("declared no more: got status %s, %q, want enabled without a reason and the same keys", d.Status, d.StatusReason)
	}
}

func TestIdentityIsWrittenBeforeTheMark(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"})
	c := r.change(&schema.Device{ID: "d", Status: new("disabled")})
	wantStatus(t, r.execute(c), apply.Done)
	if diff := cmp.Diff([]string{"GET /devices/d", "PUT /devices/d", "PATCH /twins/d"}, r.wire.lines()); diff != "" {
		t.Errorf("requests differ (-want +got):\n%s", diff)
	}
	r.identity("d", func(d *hub.Device) { d.Status = "enabled" })
	wantStatus(t, r.execute(r.change(&schema.Device{ID: "d", Status: new("disabled")})), apply.Done)
	if diff := cmp.Diff([]string{"GET /devices/d", "PUT /devices/d"}, r.wire.lines()); diff != "" {
		t.Errorf("drift of the identity: requests differ (-want +got):\n%s", diff)
	}
}

func TestAuthSwitches(t *testing.T) {
	t.Parallel()
	sas := &schema.Auth{Type: schema.AuthSAS}
	self := &schema.Auth{Type: schema.AuthX509Thumbprint, PrimaryThumbprint: thumbLower}
	ca := &schema.Auth{Type: schema.AuthX509CA}
	for _, tt := range []struct {
		name     string
		from, to *schema.Auth
		want     hub.Authentication // keys left out
	}{
		{"keys to thumbprint", sas, self, hub.Authentication{Type: hub.AuthSelfSigned, X509Thumbprint: hub.X509Thumbprint{Primary: thumbUpper}}},
		{"thumbprint to keys", self, sas, hub.Authentication{Type: hub.AuthSAS}},
		{"keys to CA", sas, ca, hub.Authentication{Type: hub.AuthCertificateAuthority}},
		{"CA to thumbprint", ca, self, hub.Authentication{Type: hub.AuthSelfSigned, X509Thumbprint: hub.X509Thumbprint{Primary: thumbUpper}}},
		{
			"another thumbprint", &schema.Auth{Type: schema.AuthX509Thumbprint, PrimaryThumbprint: "00" + thumbLower[2:], SecondaryThumbprint: thumbLower}, self,
			hub.Authentication{Type: hub.AuthSelfSigned, X509Thumbprint: hub.X509Thumbprint{Primary: thumbUpper, Secondary: thumbUpper}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			declare := func(a *schema.Auth) []declaration {
				return []declaration{&schema.Device{ID: "d", Auth: a}, &schema.Module{DeviceID: "d", ID: "m", Auth: a}}
			}
			r.set(declare(tt.from)...)
			r.set(declare(tt.to)...)
			m, err := r.portal.Module(t.Context(), "d", "m")
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]hub.Authentication{"device": r.device("d").Authentication, "module": m.Authentication} {
				if keys := got.SymmetricKey.Primary != ""; keys != (tt.want.Type == hub.AuthSAS) {
					t.Errorf("%s: got keys %v", name, keys)
				}
				got.SymmetricKey = hub.SymmetricKey{}
				if got != tt.want {
					t.Errorf("%s: got %s %+v, want %s %+v", name, got.Type, got.X509Thumbprint, tt.want.Type, tt.want.X509Thumbprint)
				}
			}
			if again := r.plan(declare(tt.to)...); len(again) > 0 {
				t.Errorf("second plan: got %+v, want nothing", again)
			}
		})
	}
}

// Somebody else writes to the identity between plan and apply.
func TestUpdateOfAChangedIdentity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		write  func(*hub.Device)
		want   apply.Status
		fields []apply.Mismatch
		puts   int
		check  func(hub.Device) bool
	}{
		{
			"elsewhere", func(d *hub.Device) { d.Extra["deviceScope"] = json.RawMessage(`"parent"`) }, apply.Done, nil, 2,
			func(d hub.Device) bool { return d.Status == "disabled" && string(d.Extra["deviceScope"]) == `"parent"` },
		},
		{
			"the reason", func(d *hub.Device) { d.StatusReason = "theirs" }, apply.Conflict,
			[]apply.Mismatch{{Path: schema.Path{"status_reason"}, Found: schema.Doc(`"theirs"`)}},
			1,
			func(d hub.Device) bool { return d.Status == "enabled" && d.StatusReason == "theirs" },
		},
		{
			"as planned", func(d *hub.Device) { d.Status, d.StatusReason = "disabled", "ours" }, apply.Done, nil, 1,
			func(d hub.Device) bool { return d.Status == "disabled" && d.StatusReason == "ours" },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.set(&schema.Device{ID: "d"})
			keys := r.device("d").Authentication
			next := &schema.Device{ID: "d", Status: new("disabled"), StatusReason: new("ours")}
			c := r.change(next)
			r.identity("d", tt.write)
			o := r.execute(c)
			wantStatus(t, o, tt.want)
			if diff := cmp.Diff(tt.fields, o.Fields); diff != "" {
				t.Errorf("fields differ (-want +got):\n%s", diff)
			}
			if d := r.device("d"); !tt.check(d) || d.Authentication != keys {
				t.Errorf("got status %s, %q, %v", d.Status, d.StatusReason, d.Extra)
			}
			if got := len(r.wire.requests("PUT", "/devices/d")); got != tt.puts {
				t.Errorf("got %d tries, want %d", got, tt.puts)
			}
			if again := r.plan(next); tt.want.OK() && len(again) > 0 {
				t.Errorf("second plan: got %+v, want nothing", again)
			}
		})
	}
}

// The identity is written once, however often the twin is tried.
func TestIdentityIsNotWrittenAgainForTheTwin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(gadgetBefore)
	c := r.change(&schema.Device{ID: "d", Status: new("disabled"), Tags: map[string]any{"site": "b"}})
	r.wire.disturb(1, "PATCH /twins/d", after(func() { r.patch(gadget, `{"theirs":1}`, "") }))
	wantStatus(t, r.execute(c), apply.Done)
	if puts, patches := len(r.wire.requests("PUT", "/devices/d")), len(r.wire.requests("PATCH", "/twins/d")); puts != 1 || patches != 2 {
		t.Errorf("got %d writes of the identity and %d of the twin, want 1 and 2", puts, patches)
	}
}

// A credential that sees no keys must not make the hub generate new ones.
func TestIdentityWithoutKeysIsNotWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"})
	keys := r.device("d").Authentication
	c := r.change(&schema.Device{ID: "d", Status: new("disabled")})
	r.wire.disturb(1, "GET /devices/d", withMember("authentication", `{"type":"sas","symmetricKey":{"primaryKey":null,"secondaryKey":null}}`))
	wantStatus(t, r.execute(c), apply.Failed)
	if got := r.device("d"); len(r.wire.requests("PUT", "/devices/d")) > 0 || got.Authentication != keys {
		t.Error("the identity was written")
	}
}

func TestUpdateRefusesFieldsThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(&schema.Device{ID: "d"})
	c := r.change(&schema.Device{ID: "d", Status: new("disabled")})
	for _, p := range []schema.Path{{"auth", "palm"}, {"auth"}, {"scope"}} {
		c.Leaves = []plan.Leaf{{Path: p, After: schema.Doc(`"x"`)}}
		wantStatus(t, r.execute(c), apply.Failed)
	}
	if got := r.wire.requests("PUT", "/devices/d"); len(got) > 0 {
		t.Errorf("got %d writes, want none", len(got))
	}
}
