package hub

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The body of a bulk call is what encoding/json makes of its entries, but for the escapes that only HTML
// needs.
func TestBulkBodyProperty(t *testing.T) {
	t.Parallel()
	texts := rapid.SampledFrom([]string{"", "", "a", "d-1", "é", `q"`, `b\`, "<&>", "\n", "x y"})
	documents := rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage(`{}`), json.RawMessage(`{"a":[1,"x"],"b":null}`)})
	entry := rapid.Custom(func(t *rapid.T) BulkEntry {
		e := BulkEntry{
			ID: "d" + texts.Draw(t, "id"), ModuleID: texts.Draw(t, "module"), ETag: ETag(texts.Draw(t, "etag")), ImportMode: ImportCreate, Status: texts.Draw(t, "status"),
			StatusReason: texts.Draw(t, "reason"), TwinETag: ETag(texts.Draw(t, "twin etag")), Tags: documents.Draw(t, "tags"), DeviceScope: texts.Draw(t, "scope"),
		}
		if rapid.Bool().Draw(t, "authentication") {
			e.Authentication = &Authentication{Type: texts.Draw(t, "type"), SymmetricKey: SymmetricKey{Primary: texts.Draw(t, "key")}}
		}
		if rapid.Bool().Draw(t, "properties") {
			e.Properties = &BulkProperties{Desired: documents.Draw(t, "desired")}
		}
		if rapid.Bool().Draw(t, "edge") {
			e.Capabilities, e.ParentScopes = &Capabilities{IoTEdge: true}, []string{texts.Draw(t, "parent")}
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(entry, 1, 4).Draw(t, "entries")
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(entries); err != nil {
			t.Fatal(err)
		}
		got, err := bulkBody(entries)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(got)+"\n"); diff != "" {
			t.Fatalf("body (-encoding/json +got):\n%s", diff)
		}
	})
}
