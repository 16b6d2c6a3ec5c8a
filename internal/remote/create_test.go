package remote

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// calls lists the ids of the entries of each bulk request.
func (r *rig) calls() [][]string {
	r.Helper()
	var calls [][]string
	for _, req := range r.wire.requests("POST", "/devices") {
		var entries []struct{ ID, ModuleID string }
		if err := json.Unmarshal([]byte(req.Body), &entries); err != nil {
			r.Fatal(err)
		}
		var ids []string
		for _, e := range entries {
			ids = append(ids, strings.TrimSuffix(e.ID+"/"+e.ModuleID, "/"))
		}
		calls = append(calls, ids)
	}
	return calls
}

func TestCreateSharesRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var list []declaration
	for i := range 250 {
		list = append(list, &schema.Device{ID: fmt.Sprintf("dev-%03d", i)})
	}
	for addr, o := range r.run(r.plan(list...)) {
		if o.Status != apply.Done {
			t.Fatalf("%s: got %+v, want done", addr, o)
		}
	}
	var sizes []int
	for _, ids := range r.calls() {
		sizes = append(sizes, len(ids))
	}
	slices.Sort(sizes)
	if want := []int{50, 100, 100}; !slices.Equal(sizes, want) || len(r.wire.lines()) != len(want) {
		t.Errorf("got calls of %v entries in %d requests, want %v and nothing else", sizes, len(r.wire.lines()), want)
	}
}

func TestCreateKeepsModulesOfADeviceApart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var list []declaration
	for _, id := range []string{"a", "b", "c"} {
		list = append(list, &schema.Device{ID: id})
		for m := range 4 {
			list = append(list, &schema.Module{DeviceID: id, ID: fmt.Sprint("m", m)})
		}
	}
	r.run(r.plan(list...))
	modules := 0
	for _, ids := range r.calls() {
		seen := map[string]bool{}
		for _, id := range ids {
			device, _, isModule := strings.Cut(id, "/")
			if seen[device] {
				t.Errorf("call %v: device %s twice", ids, device)
			}
			seen[device] = true
			if isModule {
				modules++
			}
		}
	}
	if calls := len(r.calls()); modules != 12 || calls != 5 {
		t.Errorf("got %d modules in %d calls, want 12 in one call of devices and four of modules", modules, calls)
	}
	if again := r.plan(list...); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

func TestCreateEntry(t *testing.T) {
	t.Parallel()
	mark := func(fields string) string {
		return `"tags":{%s"twinset":{"` + owner + `":{"c":true,` + fields + `"v":1}}}`
	}
	for _, tt := range []struct {
		name string
		d    declaration
		want string
	}{
		{"every field", &schema.Device{
			ID: "d", Status: new("disabled"), StatusReason: new("in repair"), Auth: &schema.Auth{Type: schema.AuthX509Thumbprint, PrimaryThumbprint: thumbLower},
			Tags: map[string]any{"site": "a", "absent": nil}, Desired: map[string]any{"n": json.Number("1.50"), "o": map[string]any{}, "l": []any{true}},
		}, `{"id":"d","importMode":"create","status":"disabled","statusReason":"in repair",` +
			`"authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"` + thumbUpper + `"}},` +
			fmt.Sprintf(mark(`"d":"l,n,o","h":"HASH","i":"auth(primary_thumbprint,type),status,status_reason","t":"site",`), `"site":"a",`) + `,"properties":{"desired":{"l":[true],"n":1.5,"o":{}}}}`},
		{"nothing declared", &schema.Device{ID: "d"}, `{"id":"d","importMode":"create","status":"enabled","authentication":{"type":"sas"},` + fmt.Sprintf(mark(`"h":"HASH",`), "") + `}`},
		{"a module", &schema.Module{DeviceID: "d", ID: "m", Auth: &schema.Auth{Type: schema.AuthX509CA}}, `{"id":"d","moduleId":"m","importMode":"create","authentication":{"type":"certificateAuthority"},` + fmt.Sprintf(mark(`"h":"HASH","i":"auth(type)",`), "") + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c := r.change(tt.d)
			r.execute(c)
			hash := text(c.Mark, "h")
			got := r.wire.requests("POST", "/devices")[0].Body
			if want := "[" + strings.ReplaceAll(tt.want, "HASH", hash) + "]"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestCreateAgain(t *testing.T) {
	t.Parallel()
	d := &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}, Desired: map[string]any{"x": json.Number("1")}}
	for _, tt := range []struct {
		name    string
		patient bool
		before  func(r *rig, c plan.Change)
		want    apply.Status
	}{
		{"nobody was there", false, func(*rig, plan.Change) {}, apply.Done},
		{"it exists as planned", false, func(r *rig, c plan.Change) { r.execute(c) }, apply.Already},
		{"the answer is lost", false, func(r *rig, _ plan.Change) { r.wire.disturb(1, "POST /devices", lost) }, apply.Already},
		{"the answer is lost and the request repeated", true, func(r *rig, _ plan.Change) { r.wire.disturb(1, "POST /devices", lost) }, apply.Already},
		{"the request is lost", false, func(r *rig, _ plan.Change) {
			r.wire.disturb(1, "POST /devices", refused(http.StatusBadGateway, "", ""))
		}, apply.Failed},
		{"the request is refused", false, func(r *rig, _ plan.Change) {
			r.wire.disturb(1, "POST /devices", refused(http.StatusForbidden, "IotHubQuotaExceeded", ""))
		}, apply.Failed},
		{"the look after it fails", false, func(r *rig, _ plan.Change) {
			r.wire.disturb(1, "POST /devices", lost)
			r.wire.disturb(1, "GET /twins/d", refused(http.StatusBadGateway, "", ""))
		}, apply.Failed},
		{"it exists with another mark of ours", false, func(r *rig, c plan.Change) {
			r.execute(c)
			r.patch(c.Addr, `{"twinset":{"`+owner+`":{"c":null}}}`, "")
		}, apply.Conflict},
		{"somebody else made it", false, func(r *rig, _ plan.Change) { r.make("d") }, apply.Conflict},
		{"somebody else owns it", false, func(r *rig, _ plan.Change) { r.setAs(plan.Policy{Owner: other}, d) }, apply.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if tt.patient {
				r = newPatientRig(t)
			}
			c := r.change(d)
			tt.before(r, c)
			wantStatus(t, r.execute(c), tt.want)
		})
	}
}

// make creates a plain device behind our back.
func (r *rig) make(id string) {
	r.Helper()
	if _, err := r.portal.PutDevice(r.Context(), hub.Device{DeviceID: id, Status: "enabled"}, ""); err != nil {
		r.Fatal(err)
	}
}

func TestCreateConflictNamesFields(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.change(&schema.Device{ID: "d", Tags: map[string]any{"site": "a", "floor": json.Number("1")}, Desired: map[string]any{"x": "y"}})
	r.make("d")
	r.patch(c.Addr, `{"site":"b","floor":1}`, "")
	o := r.execute(c)
	wantStatus(t, o, apply.Conflict)
	want := []apply.Mismatch{
		{Path: schema.Path{"desired", "x"}, Planned: schema.Doc(`"y"`)},
		{Path: schema.Path{"tags", "site"}, Planned: schema.Doc(`"a"`), Found: schema.Doc(`"b"`)},
		{Path: markPath(owner), Planned: c.Mark},
	}
	if diff := cmp.Diff(want, o.Fields); diff != "" {
		t.Errorf("fields differ (-want +got):\n%s", diff)
	}
}

// Whether entries that an answer does not mention were carried out is found out
// when other entries failed (FACTS §2.3).
func TestCreateWithFailingEntries(t *testing.T) {
	t.Parallel()
	answer := `{"isSuccessful":false,"errors":[{"deviceId":"b","errorCode":400004,"errorStatus":"no"}],"warnings":[]}`
	refusal := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(answer))
	}
	for _, tt := range []struct {
		name   string
		do     fault
		others apply.Status
	}{
		{"the others were carried out", func(w http.ResponseWriter, req *http.Request, hub http.Handler) {
			lostAnswer(req, hub)
			refusal(w, req, hub)
		}, apply.Done},
		{"nothing was carried out", refusal, apply.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			changes := r.plan(&schema.Device{ID: "a"}, &schema.Device{ID: "b"}, &schema.Device{ID: "c"})
			r.wire.disturb(1, "POST /devices", tt.do)
			got := r.Target().Apply(t.Context(), changes)
			for i, want := range []apply.Status{tt.others, apply.Failed, tt.others} {
				wantStatus(t, got[i], want)
			}
		})
	}
}

func TestCreateFinishesTwins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := &schema.Device{ID: "d", Tags: map[string]any{"site": "a"}, Desired: map[string]any{"x": "y"}}
	c := r.change(d)
	r.wire.disturb(1, "POST /devices", func(w http.ResponseWriter, req *http.Request, h http.Handler) {
		r.make("d")
		answered(`{"isSuccessful":true,"errors":[],"warnings":[{"deviceId":"d","warningCode":"DeviceRegisteredWithoutTwin","warningStatus":"no twin"}]}`)(w, req, h)
	})
	wantStatus(t, r.execute(c), apply.Done)
	if again := r.plan(d); len(again) > 0 {
		t.Errorf("second plan: got %+v, want nothing", again)
	}
}

func TestCreateReportsTwinsThatTheHubRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := r.execute(r.change(&schema.Device{ID: "d", Tags: map[string]any{"a.b": "no such key"}}))
	wantStatus(t, o, apply.Failed)
	if o.Err == nil || strings.Contains(o.Err.Error(), "\n") {
		t.Errorf("got %v, want one line", o.Err)
	}
}
