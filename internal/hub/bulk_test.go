package hub

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBulkRequest(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{status: 200, body: `{"isSuccessful":true,"errors":[],"warnings":[]}`})
	var units []int
	x.client = newClient(t, x.host, &Options{CAFile: x.caFile, Observe: func(e Event) { units = append(units, e.Units) }})
	got, err := x.client.Bulk(context.Background(), []BulkEntry{
		{
			ID: "d1", ImportMode: ImportCreate, Status: "enabled", Authentication: &Authentication{Type: AuthSAS},
			Tags: json.RawMessage(`{"site":"x"}`), Properties: &BulkProperties{Desired: json.RawMessage(`{"u":"A"}`)},
		},
		{ID: "d2", ModuleID: "m", ImportMode: ImportUpdateTwinIfMatch, TwinETag: "AAAAAAAAAAE=", ETag: "MQ=="},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(BulkResult{IsSuccessful: true, Errors: []BulkError{}, Warnings: []BulkError{}}, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	want := `[{"id":"d1","importMode":"create","status":"enabled","authentication":{"type":"sas"},"tags":{"site":"x"},"properties":{"desired":{"u":"A"}}},` +
		`{"id":"d2","moduleId":"m","eTag":"MQ==","importMode":"updateTwinIfMatchETag","twinETag":"AAAAAAAAAAE="}]`
	if r := x.last(); r.Body != want || r.Method != "POST" || r.URI != "/devices?api-version=2021-04-12" {
		t.Errorf("got %s %s\n%s\nwant POST /devices with\n%s", r.Method, r.URI, r.Body, want)
	}
	if len(units) != 1 || units[0] != 2 {
		t.Errorf("got units %v, want one event of 2: bulk calls count by identity", units)
	}
}

func TestBulkAnswers(t *testing.T) {
	t.Parallel()
	entries := []BulkEntry{{ID: "d1", ImportMode: ImportCreate}, {ID: "d2", ModuleID: "m", ImportMode: ImportCreate}}
	rows := []struct {
		name      string
		answer    answer
		want      BulkResult
		err       string
		ambiguous bool
	}{
		{
			"some failed",
			answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d1","errorCode":409001,"errorStatus":"is there\n already","operation":"create"}],"warnings":[]}`},
			BulkResult{Errors: []BulkError{{DeviceID: "d1", Code: 409001, Name: "DeviceAlreadyExists", Message: "is there already", Operation: "create"}}, Warnings: []BulkError{}},
			"", false,
		},
		{
			"code as text, capital members",
			answer{400, nil, `{"IsSuccessful":false,"Errors":[{"DeviceId":"d2","ModuleId":"m","ErrorCode":"ModuleAlreadyExistsOnDevice"}]}`},
			BulkResult{Errors: []BulkError{{DeviceID: "d2", ModuleID: "m", Code: 409301, Name: "ModuleAlreadyExistsOnDevice"}}},
			"", false,
		},
		{
			"status in the form of envelope 1, without code",
			answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d1","errorStatus":"ErrorCode:DeviceAlreadyExists;is there"}]}`},
			BulkResult{Errors: []BulkError{{DeviceID: "d1", Code: 409001, Name: "DeviceAlreadyExists", Message: "is there"}}},
			"", false,
		},
		{
			"code as digits in text, module left out",
			answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d2","errorCode":"404001"}]}`},
			BulkResult{Errors: []BulkError{{DeviceID: "d2", ModuleID: "m", Code: 404001, Name: "DeviceNotFound"}}},
			"", false,
		},
		{
			"created without twin",
			answer{200, nil, `{"isSuccessful":true,"errors":[],"warnings":[{"deviceId":"d1","warningCode":"DeviceRegisteredWithoutTwin","warningStatus":"too large"}]}`},
			BulkResult{IsSuccessful: true, Errors: []BulkError{}, Warnings: []BulkError{{DeviceID: "d1", Name: RegisteredWithoutTwin, Message: "too large"}}},
			"", false,
		},
		{
			"errors in a success",
			answer{200, nil, `{"isSuccessful":true,"errors":[{"deviceId":"d1","errorCode":429001}]}`},
			BulkResult{Errors: []BulkError{{DeviceID: "d1", Code: 429001, Name: "ThrottlingException"}}},
			"", false,
		},
		{
			"refused as a whole",
			answer{400, nil, `{"Message":"ErrorCode:DeviceDefinedMultipleTimes;DeviceDefinedMultipleTimes, device ID d1","ExceptionMessage":"Tracking ID:ab-TimeStamp:x"}`},
			BulkResult{},
			"write 2 identities: 400 DeviceDefinedMultipleTimes: DeviceDefinedMultipleTimes, device ID d1 (tracking id ab)", false,
		},
		{"refused without a word", answer{400, nil, ""}, BulkResult{}, "write 2 identities: 400 Bad Request", false},
		{"too many", answer{413, nil, `{"Message":"ErrorCode:TooManyDevices;x"}`}, BulkResult{}, "413 TooManyDevices: x", false},
		{"failed without saying where", answer{400, nil, `{"isSuccessful":false,"errors":[],"warnings":[]}`}, BulkResult{}, "not of which entry", true},
		{"empty success", answer{200, nil, `{}`}, BulkResult{}, "not of which entry", true},
		{"success in no JSON", answer{200, nil, `<html>`}, BulkResult{}, "read answer: invalid character", true},
		{"error of a stranger", answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d9","errorCode":409001}]}`}, BulkResult{}, "not in the call: d9: 409001 DeviceAlreadyExists", true},
		{"error of another module", answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d2","moduleId":"x","errorCode":409001}]}`}, BulkResult{}, "not in the call: d2/x", true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := newExchange(t, row.answer)
			got, err := x.client.Bulk(context.Background(), entries)
			if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
				t.Fatalf("got error %v, want %q", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if IsAmbiguous(err) != row.ambiguous || IsConflict(err) {
				t.Errorf("got ambiguous %v, conflict %v, want %v and no conflict", IsAmbiguous(err), IsConflict(err), row.ambiguous)
			}
		})
	}
}

func TestBulkErrorText(t *testing.T) {
	t.Parallel()
	rows := map[string]BulkError{
		"d: 409001 DeviceAlreadyExists: there": {DeviceID: "d", Code: 409001, Name: "DeviceAlreadyExists", Message: "there"},
		"d/m: 499999":                          {DeviceID: "d", ModuleID: "m", Code: 499999},
		"d: SomethingNew":                      {DeviceID: "d", Name: "SomethingNew", Message: "SomethingNew"},
		"d: refused":                           {DeviceID: "d"},
	}
	for want, e := range rows {
		if got := e.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
