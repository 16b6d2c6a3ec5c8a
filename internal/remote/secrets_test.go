package remote

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// madeUpKey is a key that nobody uses.
func madeUpKey(name string) string {
	return base64.StdEncoding.EncodeToString([]byte("made up for a test: " + name))
}

// keyed is a device whose keys are known by reference.
func keyed(id string) *schema.Device {
	return &schema.Device{ID: id, Auth: &schema.Auth{Type: schema.AuthSAS, PrimaryKey: "env://FIRST", SecondaryKey: "env://SECOND"}}
}

// printed is a device whose thumbprint is known by reference.
func printed(id string) *schema.Device {
	return &schema.Device{ID: id, Auth: &schema.Auth{Type: schema.AuthX509Thumbprint, PrimaryThumbprintRef: "env://THUMB", SecondaryThumbprintRef: "env://THUMB"}}
}

func newSecretRig(t tester) *rig {
	t.Helper()
	r := newRig(t)
	r.know()
	return r
}

func (r *rig) know() {
	r.env["FIRST"], r.env["SECOND"], r.env["THUMB"] = madeUpKey("first"), madeUpKey("second"), thumbLower
}

func (r *rig) wantKeys(t *testing.T, id, first, second string) {
	t.Helper()
	if got := r.device(id).Authentication.SymmetricKey; got.Primary != first || got.Secondary != second {
		t.Errorf("%s has other keys than it should have", id)
	}
}

func TestCreateWithSecrets(t *testing.T) {
	t.Parallel()
	r := newSecretRig(t)
	list := []declaration{keyed("k"), printed("t"), &schema.Module{DeviceID: "k", ID: "m", Auth: keyed("").Auth}}
	changes := r.plan(list...)
	if text, err := json.Marshal(changes); err != nil || strings.Contains(string(text), r.env["FIRST"]) || strings.Contains(string(text), thumbUpper) {
		t.Errorf("the plan shows a secret, or nothing: %v", err)
	}
	r.run(changes)
	r.wantKeys(t, "k", r.env["FIRST"], r.env["SECOND"])
	if m, err := r.portal.Module(t.Context(), "k", "m"); err != nil || m.Authentication.SymmetricKey.Primary != r.env["FIRST"] {
		t.Errorf("module: got error %v or other keys than it should have", err)
	}
	if got, want := r.device("t").Authentication.X509Thumbprint, (hub.X509Thumbprint{Primary: thumbUpper, Secondary: thumbUpper}); got != want {
		t.Errorf("thumbprints: got %v, want %v", got, want)
	}
	if again := r.plan(list...); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

// A secret that is not what was planned keeps its own entry back, and no other.
func TestCreateChecksSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(r *rig, c *plan.Change)
		want  string
	}{
		{"another value", func(r *rig, _ *plan.Change) { r.env["SECOND"] = madeUpKey("another") }, "make a new plan"},
		{"no value", func(r *rig, _ *plan.Change) { delete(r.env, "SECOND") }, "SECOND is not set"},
		{"an unknown use", func(_ *rig, c *plan.Change) {
			c.Secrets = []schema.Secret{{Path: schema.Path{"auth", "palm"}, Ref: "env://FIRST"}}
			c.Secrets[0].Digest = schema.DigestSecret(c.Addr, c.Secrets[0].Path, strings.ToUpper(madeUpKey("first")))
		}, "cannot write"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newSecretRig(t)
			changes := r.plan(&schema.Device{ID: "a"}, keyed("b"))
			tt.spoil(r, &changes[1])
			got := r.Target().Apply(t.Context(), changes)
			wantStatus(t, got[0], apply.Done)
			wantStatus(t, got[1], apply.Failed)
			wantNoSecret(t, r, got[1])
			if got[1].Err == nil || !strings.Contains(got[1].Err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", got[1].Err, tt.want)
			}
			if diff := cmp.Diff([][]string{{"a"}}, r.calls()); diff != "" {
				t.Errorf("calls differ (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("nothing is left to send", func(t *testing.T) {
		t.Parallel()
		r := newSecretRig(t)
		c := r.change(keyed("b"))
		delete(r.env, "FIRST")
		wantStatus(t, r.execute(c), apply.Failed)
		if got := r.wire.lines(); len(got) > 0 {
			t.Errorf("requests: got %v, want none", got)
		}
	})
}

func TestUpdateOfSecrets(t *testing.T) {
	t.Parallel()
	newKey, newThumb := madeUpKey("new"), strings.Repeat("0f", 32)
	for _, tt := range []struct {
		name   string
		from   declaration
		to     declaration
		rotate map[string]string
		want   hub.Authentication
	}{
		{
			"a new key", keyed("d"), keyed("d"),
			map[string]string{"FIRST": newKey},
			hub.Authentication{Type: hub.AuthSAS, SymmetricKey: hub.SymmetricKey{Primary: newKey, Secondary: madeUpKey("second")}},
		},
		{
			"a new thumbprint", printed("d"), printed("d"),
			map[string]string{"THUMB": newThumb},
			hub.Authentication{Type: hub.AuthSelfSigned, X509Thumbprint: hub.X509Thumbprint{Primary: strings.ToUpper(newThumb), Secondary: strings.ToUpper(newThumb)}},
		},
		{
			"keys instead of a thumbprint", printed("d"), keyed("d"), nil,
			hub.Authentication{Type: hub.AuthSAS, SymmetricKey: hub.SymmetricKey{Primary: madeUpKey("first"), Secondary: madeUpKey("second")}},
		},
		{
			"thumbprints instead of keys", keyed("d"), printed("d"), nil,
			hub.Authentication{Type: hub.AuthSelfSigned, X509Thumbprint: hub.X509Thumbprint{Primary: thumbUpper, Secondary: thumbUpper}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newSecretRig(t)
			r.set(tt.from)
			maps.Copy(r.env, tt.rotate)
			wantStatus(t, r.execute(r.change(tt.to)), apply.Done)
			if r.device("d").Authentication != tt.want {
				t.Errorf("got %s authentication with other material than planned", r.device("d").Authentication.Type)
			}
			if again := r.plan(tt.to); len(again) > 0 {
				t.Errorf("second plan: got %+v, want nothing", again)
			}
		})
	}
}

// Twins do not show keys. When the identity changed, the keys may have been
// somebody's change: they are not written over.
func TestUpdateKeepsKeysThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	r := newSecretRig(t)
	r.set(keyed("d"))
	r.env["FIRST"] = madeUpKey("new")
	c := r.change(keyed("d"))
	theirs := madeUpKey("theirs")
	r.identity("d", func(d *hub.Device) {
		d.Authentication.SymmetricKey = hub.SymmetricKey{Primary: theirs, Secondary: theirs}
	})
	o := r.execute(c)
	wantStatus(t, o, apply.Conflict)
	wantNoSecret(t, r, o)
	r.wantKeys(t, "d", theirs, theirs)
	if len(o.Fields) != 2 || o.Fields[0].Path.String() != "auth.primary_key" {
		t.Errorf("fields: got %v, want the keys", o.Fields)
	}
}

// What cannot be compared is not written over either.
func TestUpdateOfKeysThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*rig){
		"the second look at the identity fails": func(r *rig) {
			r.wire.disturb(1, "GET /devices/d/modules/m", after(func() {}))
			r.wire.disturb(1, "GET /devices/d/modules/m", refused(http.StatusBadGateway, "", ""))
		},
		"the secret went away": func(r *rig) {
			r.wire.disturb(1, "PUT /devices/d/modules/m", after(func() { delete(r.env, "FIRST") }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSecretRig(t)
			m := &schema.Module{DeviceID: "d", ID: "m", Auth: keyed("").Auth}
			r.set(&schema.Device{ID: "d"}, m)
			r.env["FIRST"] = madeUpKey("new")
			c := r.change(&schema.Device{ID: "d"}, m)
			r.rewrite(c.Addr)
			spoil(r)
			wantStatus(t, r.execute(c), apply.Failed)
			if got := len(r.wire.requests("PUT", "/devices/d/modules/m")); got != 1 {
				t.Errorf("got %d writes, want the refused one", got)
			}
		})
	}
}

// The keys were written and the answer was lost: what is left is the mark.
func TestUpdateOfKeysWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	r := newPatientRig(t)
	r.know()
	r.set(keyed("d"))
	r.env["FIRST"] = madeUpKey("new")
	c := r.change(keyed("d"))
	r.wire.disturb(1, "PUT /devices/d", lost)
	wantStatus(t, r.execute(c), apply.Done)
	r.wantKeys(t, "d", r.env["FIRST"], r.env["SECOND"])
	if got := len(r.wire.requests("PUT", "/devices/d")); got != 2 { // the lost one and its repetition
		t.Errorf("got %d writes of the identity, want 2", got)
	}
	if again := r.plan(keyed("d")); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}
