package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// nested is an object with a scalar at the given level.
func nested(level int) map[string]any {
	m := map[string]any{"k": true}
	for range level - 1 {
		m = map[string]any{"k": m}
	}
	return m
}

func TestValidate(t *testing.T) {
	t.Parallel()
	num := func(s string) map[string]any { return map[string]any{"n": json.Number(s)} }
	text := func(s string) *string { return &s }
	thumb := strings.Repeat("ab", 20)
	for _, tt := range []struct {
		name string
		d    Device
		want []string // "path: summary"
	}{
		{"all is well", Device{ID: "a-:.+%_#*?!(),=@;$'Z9", Status: text("disabled"), StatusReason: text(strings.Repeat("é", 128)), Desired: nested(10), Tags: map[string]any{"é\"\\": "x"}}, nil},
		{"id", Device{ID: "a/b"}, []string{"id: Invalid id"}},
		{"id is empty", Device{}, []string{"id: Invalid id"}},
		{"id is not ASCII", Device{ID: "é"}, []string{"id: Invalid id"}},
		{"id is long", Device{ID: strings.Repeat("a", 129)}, []string{"id: Invalid id"}},
		{"status", Device{ID: "d", Status: text("on")}, []string{"status: Invalid status"}},
		{"status reason", Device{ID: "d", StatusReason: text(strings.Repeat("é", 129))}, []string{"status_reason: Status reason too long"}},
		{"integers at the limits", Device{ID: "d", Desired: map[string]any{"a": json.Number("-4503599627370496"), "b": json.Number("4503599627370495")}}, nil},
		{"integer too large", Device{ID: "d", Desired: num("4503599627370496")}, []string{"desired.n: Integer out of range"}},
		{"integer too small", Device{ID: "d", Desired: num("-4503599627370497")}, []string{"desired.n: Integer out of range"}},
		{"huge integer", Device{ID: "d", Desired: num("123456789012345678901234567890123")}, []string{"desired.n: Integer out of range"}},
		{"large number with a fraction", Device{ID: "d", Desired: num("4503599627370494.5")}, nil},
		{"number out of range", Device{ID: "d", Desired: num("1e999")}, []string{"desired.n: Number out of range"}},
		{"depth", Device{ID: "d", Desired: nested(11)}, []string{"desired.k.k.k.k.k.k.k.k.k.k.k: Nested too deep"}},
		{"arrays count as a level", Device{ID: "d", Desired: map[string]any{"k": []any{nested(9)}}}, []string{"desired.k: Nested too deep"}},
		{"null in an array", Device{ID: "d", Desired: map[string]any{"a": []any{map[string]any{"x": nil}}}}, []string{"desired.a: Null inside an array"}},
		{"keys", Device{ID: "d", Tags: map[string]any{"a.b": true, "a$": true, "a#": true, "a b": true, "a\u0080": true, "": true}}, []string{
			"tags.: Invalid key", "tags.a b: Invalid key", "tags.a#: Invalid key", "tags.a$: Invalid key", `tags.a\.b: Invalid key`, "tags.a\u0080: Invalid key",
		}},
		{"long key", Device{ID: "d", Tags: map[string]any{strings.Repeat("k", 1025): true}}, []string{"tags." + strings.Repeat("k", 1025) + ": Key too long"}},
		{"long string", Device{ID: "d", Desired: map[string]any{"s": strings.Repeat("é", 2049)}}, []string{"desired.s: String too long"}},
		{"longest string", Device{ID: "d", Desired: map[string]any{"s": strings.Repeat("é", 2048)}}, nil},
		{"tags too large", Device{ID: "d", Tags: map[string]any{"a": strings.Repeat("x", 4095), "b": strings.Repeat("x", 4096)}}, []string{"tags: Section too large"}},
		{"tags just fit", Device{ID: "d", Tags: map[string]any{"a": strings.Repeat("x", 4095), "b": strings.Repeat("x", 4095)}}, nil},
		{"reserved", Device{ID: "d", Tags: map[string]any{"twinset": true}}, []string{"tags.twinset: Reserved tag"}},
		{"auth type", Device{ID: "d", Auth: &Auth{Type: "password"}}, []string{"auth.type: Invalid authentication type"}},
		{"one key", Device{ID: "d", Auth: &Auth{Type: AuthSAS, PrimaryKey: "env://K"}}, []string{"auth.primary_key: Incomplete keys"}},
		{"sas with thumbprint", Device{ID: "d", Auth: &Auth{Type: AuthSAS, PrimaryThumbprint: thumb}}, []string{"auth.primary_thumbprint: Unexpected authentication material"}},
		{"no thumbprint", Device{ID: "d", Auth: &Auth{Type: AuthX509Thumbprint}}, []string{"auth: Missing thumbprint"}},
		{"bad thumbprint", Device{ID: "d", Auth: &Auth{Type: AuthX509Thumbprint, PrimaryThumbprint: "AB:CD"}}, []string{"auth.primary_thumbprint: Invalid thumbprint"}},
		{"thumbprints", Device{ID: "d", Auth: &Auth{Type: AuthX509Thumbprint, PrimaryThumbprint: thumb, SecondaryThumbprint: strings.Repeat("AB", 32)}}, nil},
		{"ca with material", Device{ID: "d", Auth: &Auth{Type: AuthX509CA, PrimaryKey: "env://K"}}, []string{"auth.primary_key: Unexpected authentication material"}},
		{"mode", Device{ID: "d", Lifecycle: Lifecycle{Mode: "strict"}}, []string{"lifecycle.mode: Invalid mode"}},
		{"ignore", Device{ID: "d", Lifecycle: Lifecycle{Ignore: []string{"tags.*.x", "auth.type"}}}, []string{"lifecycle.ignore: Invalid path"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range tt.d.Validate() {
				got = append(got, p.Path.String()+": "+p.Summary)
				if p.Detail == "" || !strings.HasSuffix(p.Detail, ".") && !strings.HasSuffix(p.Detail, idChars) {
					t.Errorf("detail %q is not a sentence", p.Detail)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	m := Module{DeviceID: "d", ID: "$edgeAgent"}
	if got := m.Validate(); len(got) != 1 || got[0].Summary != "System module" {
		t.Errorf("system module: got %v", got)
	}
}

func TestSectionSize(t *testing.T) {
	t.Parallel()
	v := map[string]any{"ké": "a\n\u0085é", "n": json.Number("1.5"), "b": false, "o": map[string]any{"x": []any{true, "yy"}}, "gone": nil}
	// ké 3 + aé 3, n 1 + 8, b 1 + 4, o 1 + x 1 + 4 + 2
	if got, want := SectionSize(v), 3+3+1+8+1+4+1+1+4+2; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestIgnoredLeavesAreForCreateOnly(t *testing.T) {
	t.Parallel()
	shared := map[string]any{"floor": json.Number("3"), "site": "a"}
	d := Device{ID: "d", Tags: shared, Desired: map[string]any{"t": map[string]any{"i": json.Number("1"), "x": nil}}, Lifecycle: Lifecycle{Ignore: []string{"tags.floor", "desired.*.i"}}}
	o, err := d.Object(Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(o.Doc), `{"desired":{"t":{"x":null}},"tags":{"site":"a"}}`; got != want {
		t.Errorf("document: got %s, want %s", got, want)
	}
	if got, want := string(o.Initial), `{"desired":{"t":{"i":1}},"tags":{"floor":3}}`; got != want {
		t.Errorf("initial: got %s, want %s", got, want)
	}
	if len(shared) != 2 {
		t.Errorf("the declared map was changed: %v", shared)
	}
}

func TestAddressText(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]Address{
		"device.gw-01":                     DeviceAddress("gw-01"),
		"device.gw-01.module.opcua":        ModuleAddress("gw-01", "opcua"),
		`device["a.b"].module["$edgeHub"]`: ModuleAddress("a.b", "$edgeHub"),
	} {
		if got := a.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
