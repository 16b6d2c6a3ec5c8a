package remote

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/schema"
)

const (
	thumbLower = "abcdef0123456789abcdef0123456789abcdef01"
	thumbUpper = "ABCDEF0123456789ABCDEF0123456789ABCDEF01"
)

func TestFromItem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, item, want string }{
		{
			"every field of a device", `{"deviceId":"d","etag":"AAE=","deviceEtag":"MTI=","status":"disabled","statusReason":"in repair","connectionState":"Connected",
			"authenticationType":"selfSigned","x509Thumbprint":{"PrimaryThumbprint":"` + thumbLower + `","SecondaryThumbprint":"` + thumbLower + `"},"version":7,
			"tags":{"site":"a"},"properties":{"desired":{"x":{"y":[1,{"k":true}]},"$metadata":{"$lastUpdated":"2026-01-01T00:00:00Z"},"$version":3},"reported":{"r":1}},
			"capabilities":{"iotEdge":false}}`,
			`{"auth":{"primary_thumbprint":"` + thumbUpper + `","secondary_thumbprint":"` + thumbUpper + `","type":"x509_thumbprint"},` +
				`"desired":{"x":{"y":[1,{"k":true}]}},"status":"disabled","status_reason":"in repair","tags":{"site":"a"}}`,
		},
		{"a module has no status", `{"deviceId":"d","moduleId":"m","status":"enabled","statusReason":"r","authenticationType":"sas"}`, `{"auth":{"type":"sas"}}`},
		{"thumbprints of other types are not ours", `{"deviceId":"d","authenticationType":"sas","x509Thumbprint":{"primaryThumbprint":"` + thumbLower + `"}}`, `{"auth":{"type":"sas"}}`},
		{"certificate authority", `{"deviceId":"d","authenticationType":"certificateAuthority"}`, `{"auth":{"type":"x509_ca"}}`},
		{
			"members without capitals", `{"deviceId":"d","authenticationType":"selfSigned","x509Thumbprint":{"primaryThumbprint":"` + thumbLower + `","secondaryThumbprint":null}}`,
			`{"auth":{"primary_thumbprint":"` + thumbUpper + `","type":"x509_thumbprint"}}`,
		},
		{"a type that nobody knows", `{"deviceId":"d","authenticationType":"telepathy"}`, `{}`},
		{"empty sections are none", `{"deviceId":"d","tags":{},"properties":{"desired":{"$metadata":{},"$version":1}}}`, `{}`},
		{"null sections are none", `{"deviceId":"d","statusReason":null,"tags":null,"properties":{"desired":null}}`, `{}`},
		{"an empty object stays", `{"deviceId":"d","tags":{"a":{}}}`, `{"tags":{"a":{}}}`},
		{
			"numbers are spelled one way, large ones digit by digit", `{"deviceId":"d","tags":{"a":1.0,"b":10e-1,"c":4503599627370495,"d":9007199254740993,"e":0.10}}`,
			`{"tags":{"a":1,"b":1,"c":4503599627370495,"d":9007199254740993,"e":0.1}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := fromItem(json.RawMessage(tt.item))
			if err != nil {
				t.Fatal(err)
			}
			if string(o.Doc) != tt.want {
				t.Errorf("got  %s\nwant %s", o.Doc, tt.want)
			}
		})
	}
}

func TestFromItemAddressAndETags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		item string
		want schema.Object
	}{
		{`{"deviceId":"d","etag":"AAE=","deviceEtag":"MTI="}`, schema.Object{Addr: schema.DeviceAddress("d"), ETags: schema.ETags{Identity: "MTI=", Twin: "AAE="}}},
		{`{"deviceId":"d","moduleId":"m","etag":"AAI=","deviceEtag":"MTM="}`, schema.Object{Addr: schema.ModuleAddress("d", "m"), ETags: schema.ETags{Identity: "MTM=", Twin: "AAI="}}},
	} {
		got, err := fromItem(json.RawMessage(tt.item))
		tt.want.Doc = schema.Doc(`{}`)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, differs (-want +got):\n%s", tt.item, err, diff)
		}
	}
}

func TestFromItemRefuses(t *testing.T) {
	t.Parallel()
	for name, item := range map[string]string{
		"not an object": `[]`, "nothing in it": `{}`, "a number that nothing holds": `{"deviceId":"d","tags":{"a":1e400}}`,
	} {
		if o, err := fromItem(json.RawMessage(item)); err == nil {
			t.Errorf("%s: got %s, %v, want an error", name, o.Doc, err)
		}
	}
}

// Automatic configurations are the writers of leaves, not of what is above them.
func TestWriters(t *testing.T) {
	t.Parallel()
	desired := `{"a":{"b":1,"c":2},"d":[1],"e":{},"$version":4,"$metadata":{"$lastUpdated":"t","$lastUpdatedBy":"night","$lastUpdatedByDigest":"1",
		"a":{"$lastUpdatedBy":"night","b":{"$lastUpdatedBy":"night"},"c":{"$lastUpdated":"t"}},
		"d":{"$lastUpdatedBy":"day"},"e":{"$lastUpdatedBy":"day"}}}`
	o, err := fromTwin(&hub.Twin{DeviceID: "d", Properties: hub.Properties{Desired: json.RawMessage(desired)}})
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Writer{
		{Path: schema.Path{"desired", "a", "b"}, Configuration: "night"},
		{Path: schema.Path{"desired", "d"}, Configuration: "day"},
		{Path: schema.Path{"desired", "e"}, Configuration: "day"},
	}
	if diff := cmp.Diff(want, o.Writers); diff != "" {
		t.Errorf("writers differ (-want +got):\n%s", diff)
	}
	if strings.Contains(string(o.Doc), "$") {
		t.Errorf("got %s, want no member of the hub's own", o.Doc)
	}
}

func TestAuthTypesBothWays(t *testing.T) {
	t.Parallel()
	for _, word := range schema.AuthTypes() {
		wire := wireAuthType(word)
		if wire == word && word != schema.AuthSAS {
			t.Errorf("%s: has no name on the wire", word)
		}
		if got := authTypes[wire]; got != word {
			t.Errorf("%s: got %q back from %s", word, got, wire)
		}
	}
}
