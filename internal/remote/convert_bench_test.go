package remote

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkFromItem converts a row of a query: three kilobytes, of which more than half
// are metadata.
func BenchmarkFromItem(b *testing.B) {
	row := benchmarkRow()
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fromItem(row); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkRow is a twin with twelve desired and twelve reported leaves in groups, and
// with the metadata of all (FACTS §4.2).
func benchmarkRow() json.RawMessage {
	const stamp = `"$lastUpdated":"2026-01-01T00:00:00.0000000Z"`
	section := func(version string) string {
		node := stamp + version
		var values, metadata strings.Builder
		for group := range 4 {
			fmt.Fprintf(&values, `"group%d":{"celsius":85.5,"level":"information","seconds":%d},`, group, group)
			fmt.Fprintf(&metadata, `"group%d":{%s,"celsius":{%[2]s},"level":{%[2]s},"seconds":{%[2]s}},`, group, node)
		}
		return values.String() + `"$metadata":{` + metadata.String() + node + `},"$version":7`
	}
	return json.RawMessage(`{"deviceId":"device-0000001","etag":"AAAAAAAAAAc=","deviceEtag":"NzE4MDkzMTU=","status":"enabled","statusUpdateTime":"0001-01-01T00:00:00Z",` +
		`"connectionState":"Disconnected","lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,"authenticationType":"sas",` +
		`"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"modelId":"","version":9,` +
		`"tags":{"site":"plant-1","role":"sensor","floor":3,"owner":"platform"},` +
		`"properties":{"desired":{` + section(`,"$lastUpdatedVersion":7`) + `},"reported":{` + section("") + `}},"capabilities":{"iotEdge":false}}`)
}
