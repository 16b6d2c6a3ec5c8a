package apply_test

import (
	"pgregory.net/rapid"

	"github.com/twinset/twinset/apply/applytest"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

var everyFate = []string{schema.OnRemoveDelete, schema.OnRemoveDisable, schema.OnRemoveAbandon}

// checkQuarantine tells that a device which is not declared any more is disabled,
// and nothing else of it changes but the mark.
func checkQuarantine(t *rapid.T, c plan.Change, live schema.Object, want *schema.Object) {
	marks, _ := schema.Marks(live.Doc)
	if mine := marks[owner]; want != nil || mine == nil || !mine.Created || len(marks) > 1 || c.Addr.Kind != schema.KindDevice {
		t.Fatalf("%s: it is not ours alone, or declared", c.Name())
	}
	for _, l := range c.Leaves {
		if p := l.Path.String(); p != "status" && p != "status_reason" {
			t.Fatalf("%s: a quarantine changes %s", c.Name(), p)
		}
	}
	doc, err := applytest.Write(live.Doc, c, owner)
	if err != nil || !plan.Quarantined(&schema.Object{Addr: c.Addr, Doc: doc}, owner) {
		t.Fatalf("%s: got %s, %v, want it disabled", c.Name(), doc, err)
	}
}
