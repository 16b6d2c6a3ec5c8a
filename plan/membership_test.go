package plan_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

func streamOf(list ...schema.Object) iter.Seq2[schema.Object, error] {
	slices.SortFunc(list, func(a, b schema.Object) int { return a.Addr.Compare(b.Addr) })
	return func(yield func(schema.Object, error) bool) {
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func live(a schema.Address, doc string) schema.Object {
	o := schema.Object{Addr: a, Doc: schema.Doc(doc)}
	if a.Kind.Targets() {
		o.Revisions = []schema.Revision{{ID: a.ID, Doc: o.Doc}}
	}
	return o
}

// Modules are targeted by their own tags, deployments are for edge devices, what
// is removed leaves, and a module is no device.
func TestMembersByKind(t *testing.T) {
	t.Parallel()
	const mark = `"tags":{"a":1,"twinset":{"p/dev":{"c":true,"h":"0000000000","v":1}}}`
	observed := []schema.Object{
		live(schema.DeviceAddress("edge"), `{"edge":true,"tags":{"a":1}}`),
		live(schema.DeviceAddress("leaf"), `{"tags":{"a":1}}`),
		live(schema.DeviceAddress("gone"), `{"edge":true,`+mark+`}`),
		live(schema.ModuleAddress("edge", "m"), `{"tags":{"a":2}}`),
		live(schema.ModuleAddress("gone", "m"), `{`+mark+`}`),
		live(schema.ConfigurationAddress("theirs"), `{"device_content":{"properties.desired.x":1},"priority":1,"target_condition":"tags.a = 1"}`),
		live(schema.ConfigurationAddress("modules"), `{"module_content":{"properties.desired.x":1},"priority":1,"target_condition":"FROM devices.modules WHERE tags.a = 1"}`),
		live(schema.DeploymentAddress("ours"), `{"modules_content":{"$edgeAgent":{}},"priority":1,`+mark+`,"target_condition":"*"}`),
	}
	deployment := schema.Deployment{
		Targeting:      schema.Targeting{ID: "next", Priority: "1", TargetCondition: "*"},
		ModulesContent: map[string]any{"$edgeAgent": map[string]any{}},
	}
	declared, err := deployment.Object(schema.Origin{Name: "deployment.next"})
	if err == nil {
		declared, err = schema.Seal(declared, "p/dev")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		pol  plan.Policy
		want []plan.Member
	}{
		{"all", plan.Policy{Owner: "p/dev"}, []plan.Member{
			{Address: "configuration.modules", Kind: "module", Leaves: 1},
			{Address: "configuration.theirs", Kind: "device", Leaves: 1},
			{Address: "deployment.next", Kind: "device", Joins: 1},
			{Address: "deployment.ours", Kind: "device", Leaves: 2},
		}},
		{"targeted", plan.Policy{Owner: "p/dev", KeepAbsent: true}, []plan.Member{
			{Address: "deployment.next", Kind: "device", Joins: 2},
		}},
		{"existing only", plan.Policy{Owner: "p/dev", KeepAbsent: true, OnlyExisting: true}, nil},
	} {
		tally, err := plan.Compute(streamOf(declared), streamOf(observed...), tt.pol, func(plan.Change) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, tally.Membership.Members()); diff != "" {
			t.Errorf("%s: members (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMemberText(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]plan.Member{
		"brings 12 devices under deployment.edge-base, takes 3 away": {Joins: 12, Leaves: 3},
		"brings 1 device under deployment.edge-base":                 {Joins: 1},
		"takes 2 devices away from deployment.edge-base":             {Leaves: 2},
	} {
		m.Address, m.Kind = "deployment.edge-base", "device"
		if got := m.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
