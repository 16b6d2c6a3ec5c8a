package hub

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeviceScopes(t *testing.T) {
	t.Parallel()
	var read Device
	text := `{"deviceId":"d","capabilities":{"iotEdge":true,"later":1},"deviceScope":"s","parentScopes":["p"]}`
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatal(err)
	}
	if got := first(read.ParentScopes()); !read.Edge() || read.Scope() != "s" || got != "p" {
		t.Errorf("got edge %v, scope %q, parent %q", read.Edge(), read.Scope(), got)
	}
	changed := read
	changed.SetEdge(false)
	changed.SetScopes("", nil)
	got, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"capabilities":{"iotEdge":false,"later":1},"deviceId":"d","deviceScope":"","parentScopes":[]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	if !read.Edge() || read.Scope() != "s" {
		t.Error("the identity that was copied has changed")
	}
}

func TestNewDeviceHasNoScopes(t *testing.T) {
	t.Parallel()
	d := Device{DeviceID: "d"}
	if d.Edge() || d.Scope() != "" || d.ParentScopes() != nil {
		t.Errorf("got edge %v, scope %q, parents %v, want none", d.Edge(), d.Scope(), d.ParentScopes())
	}
	d.SetEdge(true)
	if !d.Edge() {
		t.Error("it is no edge device")
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
