package remote

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// TestPatched: a line holds what a patch makes of a section, and there is none where the
// patch takes something away.
func TestPatched(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, live, patch, want string
		whole                   bool
	}{
		{"nothing to write", `{"a":1}`, ``, `{"a":1}`, true},
		{"into nothing", ``, `{"a":{"b":1}}`, `{"a":{"b":1}}`, true},
		{"beside others", `{"a":{"x":1},"z":[1,{"n":2.5}]}`, `{"a":{"b":2}}`, `{"a":{"b":2,"x":1},"z":[1,{"n":2.5}]}`, true},
		{"an object for a value", `{"a":1}`, `{"a":{"b":2}}`, `{"a":{"b":2}}`, true},
		{"a value for an object", `{"a":{"b":2}}`, `{"a":1}`, `{"a":1}`, true},
		{"null for what is not there", `{"a":1}`, `{"b":null,"c":{"d":null,"e":1}}`, `{"a":1,"c":{"e":1}}`, true},
		{"null for what is there", `{"a":{"b":1,"c":2}}`, `{"a":{"b":null}}`, `{"a":{"c":2}}`, false},
	}
	for _, row := range rows {
		got, whole, err := patched(schema.Doc(row.live), json.RawMessage(row.patch))
		if err != nil || string(got) != row.want || whole != row.whole {
			t.Errorf("%s: got %s, whole %v (%v), want %s, %v", row.name, got, whole, err, row.want, row.whole)
		}
	}
}

// TestImportGroup: what a line cannot say goes by requests.
func TestImportGroup(t *testing.T) {
	t.Parallel()
	value := func(path, after string) plan.Leaf {
		return plan.Leaf{Path: strings.Split(path, "."), Before: schema.Doc("1"), After: schema.Doc(after)}
	}
	device, module := schema.DeviceAddress("d"), schema.ModuleAddress("d", "m")
	etags, mark := schema.ETags{Identity: "a", Twin: "b"}, schema.Doc(`{"v":1}`)
	rows := []struct {
		name   string
		change plan.Change
		group  int
		ok     bool
	}{
		{"device", plan.Change{Action: plan.Create, Addr: device}, 0, true},
		{"module", plan.Change{Action: plan.Create, Addr: module}, 1, true},
		{"with a parent", plan.Change{Action: plan.Create, Addr: device, Leaves: []plan.Leaf{{Path: schema.Path{"parent"}, After: schema.Doc(`"p"`)}}}, 0, false},
		{"with a manifest", plan.Change{Action: plan.Create, Addr: device, Leaves: []plan.Leaf{value("manifest", "{}")}}, 0, false},
		{"with keys", plan.Change{Action: plan.Create, Addr: device, Secrets: []schema.Secret{{Path: schema.Path{"auth", "primary_key"}}}}, 0, false},
		{"with thumbprints by reference", plan.Change{Action: plan.Create, Addr: device, Secrets: []schema.Secret{{Path: schema.Path{"auth", "primary_thumbprint"}}}}, 0, true},
		{"values", plan.Change{Action: plan.Update, Addr: device, ETags: etags, Mark: mark, Leaves: []plan.Leaf{value("tags.a", "2")}}, 0, true},
		{"values of a module", plan.Change{Action: plan.Update, Addr: module, ETags: etags, Mark: mark, Leaves: []plan.Leaf{value("desired.a", "2")}}, 1, true},
		{"a value taken away", plan.Change{Action: plan.Update, Addr: device, ETags: etags, Mark: mark, Leaves: []plan.Leaf{value("tags.a", "")}}, 0, false},
		{"an identity", plan.Change{Action: plan.Update, Addr: device, ETags: etags, Mark: mark, Leaves: []plan.Leaf{value("status", `"disabled"`)}}, 0, false},
		{"a mark taken off", plan.Change{Action: plan.Update, Addr: device, ETags: etags, MarkBefore: mark}, 0, false},
		{"fields of another owner", plan.Change{Action: plan.Update, Addr: device, ETags: etags, Mark: mark, Taken: map[string]schema.Doc{"o": nil}}, 0, false},
		{"without a version", plan.Change{Action: plan.Update, Addr: device, Mark: mark}, 0, false},
		{"deletion", plan.Change{Action: plan.Delete, Addr: device, ETags: etags}, 0, false},
		{"configuration", plan.Change{Action: plan.Create, Addr: schema.Address{Kind: schema.KindConfiguration, ID: "c"}}, 0, false},
	}
	for _, row := range rows {
		if group, ok := ImportGroup(row.change); group != row.group && ok || ok != row.ok {
			t.Errorf("%s: got %d, %v, want %d, %v", row.name, group, ok, row.group, row.ok)
		}
	}
}

// importOf runs an import of creations on a hub that knows jobs only.
func importOf(t *testing.T, r *Remote, job apply.ImportJob, ids ...string) (outcomes []string, notes []apply.ImportJob, err error) {
	t.Helper()
	var changes []plan.Change
	for _, id := range ids {
		changes = append(changes, plan.Change{Action: plan.Create, Addr: schema.DeviceAddress(id), After: schema.Doc(`{}`), Mark: schema.Doc(`{"c":true,"v":1}`)})
	}
	in := apply.Import{
		Changes: sequence(changes), Job: job,
		Settled: func(c plan.Change) (apply.Outcome, bool) {
			return apply.Outcome{Status: apply.Already}, c.Addr.ID == "done"
		},
		Note: func(j apply.ImportJob) error {
			notes = append(notes, j)
			return nil
		},
	}
	for i, ierr := range r.Importer().Import(t.Context(), in) {
		if ierr != nil {
			err = ierr
			continue
		}
		text := i.Change.Addr.ID + " " + string(i.Outcome.Status)
		if i.Outcome.Err != nil {
			text += ": " + i.Outcome.Err.Error()
		}
		outcomes = append(outcomes, text)
	}
	return outcomes, notes, err
}

// logged is a container into which the hub writes errors when it has imported.
type logged struct {
	memory
	log string
}

func (l logged) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == importErrors && l.log != "" {
		l.memory[importErrors] = l.log
	}
	return l.memory.Read(ctx, name)
}

func withLog(r *Remote, log string) memory {
	m := memory{}
	r.jobs.Store = logged{m, log}
	return m
}

// TestImport: the journal knows of a job before and after it is made, and at its end;
// errors of lines are outcomes, and no blob stays.
func TestImport(t *testing.T) {
	t.Parallel()
	h := &jobsHub{jobs: []hub.Transfer{{ID: "old", Type: "import", Status: "completed"}}}
	r, _ := newJobs(t, h)
	blobs := withLog(r, `{"deviceId":"b","errorCode":400004,"errorStatus":"the id is bad"}`+"\n")
	outcomes, notes, err := importOf(t, r, apply.ImportJob{}, "a", "b", "done")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a done", "done already", "b failed: b: 400004 ArgumentInvalid: the id is bad"}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	blob := notes[0].Blob
	if diff := cmp.Diff([]apply.ImportJob{{Blob: blob, Known: []string{"old"}}, {Blob: blob, ID: "ours-1"}, {Blob: blob, ID: "ours-1", Ended: true}}, notes); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	delete(blobs, importErrors)
	if len(blobs) != 0 {
		t.Errorf("got %v left in the container, want nothing", blobs)
	}
}

// TestImportFails: what a job that failed has done is not known, so nothing counts as done.
func TestImportFails(t *testing.T) {
	t.Parallel()
	r, _ := newJobs(t, &jobsHub{fails: "the disk is full"})
	withLog(r, "")
	outcomes, notes, err := importOf(t, r, apply.ImportJob{}, "a", "done")
	want := []string{"a failed: import job ours-1: failed: the disk is full", "done already"}
	if diff := cmp.Diff(want, outcomes); diff != "" || err != nil || !notes[len(notes)-1].Ended {
		t.Errorf("outcomes (-want +got):\n%s%v, journal %+v", diff, err, notes)
	}
}

// TestImportOfNothing asks for no job.
func TestImportOfNothing(t *testing.T) {
	t.Parallel()
	h := &jobsHub{}
	r, _ := newJobs(t, h)
	blobs := withLog(r, "")
	outcomes, notes, err := importOf(t, r, apply.ImportJob{}, "done")
	if err != nil || !slices.Equal(outcomes, []string{"done already"}) || len(notes) > 0 || h.posts > 0 || len(blobs) > 0 {
		t.Errorf("got %v, %v, %d jobs, blobs %v (%v)", outcomes, notes, h.posts, blobs, err)
	}
}

// TestImportGoesOn: a job that an earlier run began is waited for and not made again.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	h := &jobsHub{jobs: []hub.Transfer{{ID: "j", Type: "import", Status: "running"}}}
	r, told := newJobs(t, h)
	withLog(r, "")["in.txt"] = `{"id":"a"}` + "\n" + `{"id":"b"}` + "\n"
	outcomes, notes, err := importOf(t, r, apply.ImportJob{Blob: "in.txt", ID: "j"}, "a", "b", "done")
	if diff := cmp.Diff([]string{"a done", "b done", "done already"}, outcomes); diff != "" || err != nil || h.posts != 0 {
		t.Errorf("outcomes (-want +got):\n%s%v, %d jobs made", diff, err, h.posts)
	}
	if len(notes) != 1 || !notes[0].Ended || (*told)[0] != "Going on with import job j" {
		t.Errorf("got journal %+v, told %v", notes, *told)
	}
	outcomes, _, err = importOf(t, r, apply.ImportJob{Blob: "gone.txt", ID: "j"}, "a")
	if !slices.Equal(outcomes, []string{"a done"}) || err != nil || h.posts != 1 {
		t.Errorf("without its blob: got %v (%v), %d jobs made, want another one", outcomes, err, h.posts)
	}
}
