package plan_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
	"github.com/twinset/twinset/schema/condition"
)

var update = flag.Bool("update", false, "rewrite the expected plans")

const owner = "fleet/dev"

// line is an object in a case file. Marks are computed from what their owner
// declared when they were written.
type line struct {
	Device                    string
	Module                    string
	Configuration, Deployment string
	Revision                  string // id on the hub; lines of one address are its revisions, newest first
	Doc                       schema.Doc
	Initial                   schema.Doc
	Lifecycle                 *schema.Lifecycle
	Secrets, Passwords        []schema.Secret
	Writers                   []schema.Writer
	Foreign                   []string
	Activity                  schema.Activity
	Scope                     string
	Attached                  string
	Reported                  schema.Doc
	Marks                     []struct {
		Owner     string
		Created   bool
		Protected bool
		OnRemove  string `json:"on_remove"`
		Declared  schema.Doc
		Secrets   []schema.Secret
		Passwords []schema.Secret
	}
}

func (l line) object(t *testing.T) schema.Object {
	t.Helper()
	o := schema.Object{Addr: schema.DeviceAddress(l.Device), Doc: l.Doc, Initial: l.Initial, Lifecycle: l.Lifecycle, Secrets: l.Secrets, Passwords: l.Passwords, Writers: l.Writers, Foreign: l.Foreign, Activity: l.Activity, Scope: l.Scope, Attached: l.Attached, Reported: l.Reported}
	if l.Module != "" {
		o.Addr = schema.ModuleAddress(l.Device, l.Module)
	}
	if l.Configuration != "" {
		o.Addr = schema.ConfigurationAddress(l.Configuration)
	}
	if l.Deployment != "" {
		o.Addr = schema.DeploymentAddress(l.Deployment)
	}
	m, err := o.Doc.Map()
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range l.Marks {
		recorded, _ := schema.MarkOf(schema.Object{Doc: mark.Declared, Secrets: mark.Secrets, Passwords: mark.Passwords})
		recorded.Created, recorded.Protected, recorded.OnRemove = mark.Created, mark.Protected, mark.OnRemove
		v, err := schema.Decode(recorded.Tag())
		if err != nil {
			t.Fatal(err)
		}
		schema.SetPath(m, schema.Path{"tags", schema.ReservedTag, mark.Owner}, v)
	}
	if o.Doc, err = schema.Canonical(m); err != nil {
		t.Fatal(err)
	}
	return o
}

func objects(t *testing.T, text []byte, seal bool) schema.Stream {
	t.Helper()
	var list []schema.Object
	for raw := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		if raw == "" {
			continue
		}
		var l line
		d := json.NewDecoder(strings.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		o := l.object(t)
		if seal {
			var err error
			if o, err = schema.Seal(o, owner); err != nil {
				t.Fatal(err)
			}
		}
		if o.Addr.Kind.Targets() && !seal {
			o.ETags.Identity = "MQ=="
			r := schema.Revision{ID: cmp.Or(l.Revision, o.Addr.ID), ETag: o.ETags.Identity, Doc: o.Doc}
			if n := len(list) - 1; n >= 0 && list[n].Addr == o.Addr {
				list[n].Revisions = append(list[n].Revisions, r)
				continue
			}
			o.Revisions = []schema.Revision{r}
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return func(yield func(schema.Object, error) bool) {
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Each case file is one behaviour of the planner: what is declared, what is
// live, what the user allows, and the plan.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, file)
		})
	}
}

func runCase(t *testing.T, file string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string][]byte{}
	for _, f := range a.Files {
		if !slices.Contains([]string{"desired", "live", "policy", "removed", "overlays", "plan"}, f.Name) {
			t.Fatalf("unknown part %s", f.Name)
		}
		part[f.Name] = f.Data
	}
	pol := plan.Policy{Owner: owner, Removals: map[schema.Address]plan.Removal{}, ActiveSince: "2026-11-16T12:00:00.0000000Z"}
	for line := range strings.Lines(string(part["removed"])) {
		id, fate, _ := strings.Cut(strings.TrimSpace(line), " ")
		addr, err := schema.ParseAddress(id)
		if err != nil {
			t.Fatal(err)
		}
		pol.Removals[addr] = plan.Removal{Origin: schema.Origin{File: "gone.twin.hcl", Line: 1}, Fate: fate}
	}
	if p := part["policy"]; p != nil {
		if err := json.Unmarshal(p, &pol); err != nil {
			t.Fatal(err)
		}
	}
	pol.Overlays = overlays(t, part["overlays"])
	got := compute(t, objects(t, part["desired"], true), objects(t, part["live"], false), pol)
	if *update {
		setPart(a, "plan", got)
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(string(part["plan"]), string(got)); diff != "" {
		t.Errorf("plan differs (-want +got):\n%s", diff)
	}
}

func compute(t *testing.T, desired, live schema.Stream, pol plan.Policy) []byte {
	t.Helper()
	var changes []plan.Change
	tally, err := plan.Compute(desired, live, pol, func(c plan.Change) error {
		changes = append(changes, c)
		return nil
	})
	if err != nil {
		return []byte("error: " + err.Error() + "\n")
	}
	slices.SortFunc(changes, func(a, b plan.Change) int { return bytes.Compare(a.AppendKey(nil), b.AppendKey(nil)) })
	var b bytes.Buffer
	for _, c := range changes {
		if err := plan.Encode(&b, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, reason := range tally.Verdict(pol) {
		b.WriteString("refused: " + reason + "\n")
	}
	for _, text := range slices.Concat(tally.Warnings(), pol.Overlays.Warnings()) {
		b.WriteString("warning: " + text + "\n")
	}
	return b.Bytes()
}

func setPart(a *txtar.Archive, name string, data []byte) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = data
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: data})
}

func overlays(t *testing.T, text []byte) *plan.Overlays {
	t.Helper()
	var list []plan.Overlay
	for raw := range strings.Lines(string(text)) {
		var o struct {
			Name, Where string
			Doc         schema.Doc
		}
		if err := json.Unmarshal([]byte(raw), &o); err != nil {
			t.Fatal(err)
		}
		where, err := condition.Parse(o.Where)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := schema.Canonical(mustMap(t, o.Doc))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, plan.Overlay{Name: "overlay." + o.Name, Where: where, Doc: doc, Origin: schema.Origin{File: "over.twin.hcl", Line: len(list) + 1}})
	}
	return plan.NewOverlays(owner, list)
}

func mustMap(t *testing.T, d schema.Doc) map[string]any {
	t.Helper()
	m, err := d.Map()
	if err != nil {
		t.Fatal(err)
	}
	return m
}
