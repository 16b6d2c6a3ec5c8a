package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// TestErrorShapes has an answer of each shape that FACTS §0.5-0.9 knows.
func TestErrorShapes(t *testing.T) {
	t.Parallel()
	named := func(name string) map[string]string { return map[string]string{"iothub-errorcode": name} }
	rows := []struct {
		name   string
		answer answer
		want   string // the line
		code   int
	}{
		{
			"envelope 1",
			answer{404, named("DeviceNotFound"), `{"Message":"ErrorCode:DeviceNotFound;d1","ExceptionMessage":"Tracking ID:0123456789abcdef0123456789abcdef-G:12-TimeStamp:07/07/2021 20:45:24"}`},
			"read twin d1: 404 DeviceNotFound: d1 (tracking id 0123456789abcdef0123456789abcdef-G:12)", 0,
		},
		{
			"envelope 1 with another tail",
			answer{404, nil, `{"Message":"ErrorCode:DeviceNotFound;d1","ExceptionMessage":"Tracking ID:4D2CE5FA8549-G2:-TimeStamp:2025-01-08T19:28:00.672603626Z"}`},
			"read twin d1: 404 DeviceNotFound: d1 (tracking id 4D2CE5FA8549-G2)", 0,
		},
		{
			"envelope 1 without exception",
			answer{412, map[string]string{"x-ms-request-id": "01234567-89ab"}, `{"Message":"ErrorCode:PreconditionFailed;ETag mismatch for device ID 'd1'"}`},
			"read twin d1: 412 PreconditionFailed: ETag mismatch for device ID 'd1' (tracking id 01234567-89ab)", 0,
		},
		{
			"envelope 2",
			answer{409, nil, `{"errorCode":409301,"message":"Device D in IotHub H already contains Module M.","trackingId":"ab-TimeStamp:x","timestampUtc":"x"}`},
			"read twin d1: 409 ModuleAlreadyExistsOnDevice: Device D in IotHub H already contains Module M. (tracking id ab)", 409301,
		},
		{
			"envelope 2 nested in 1",
			answer{404, nil, `{"Message":"{\"errorCode\":404103,\"message\":\"Timed out\",\"trackingId\":\"ab\",\"info\":{}}","ExceptionMessage":""}`},
			"read twin d1: 404 Not Found: Timed out (tracking id ab)", 404103,
		},
		{
			"error code as text",
			answer{409, nil, `{"errorCode":"409001","message":"m"}`},
			"read twin d1: 409 DeviceAlreadyExists: m", 409001,
		},
		{
			"error code as name",
			answer{409, nil, `{"errorCode":"DeviceAlreadyExists","message":"m"}`},
			"read twin d1: 409 DeviceAlreadyExists: m", 409001,
		},
		{
			"header wins over body",
			answer{404, named("ModuleNotFound"), `{"Message":"ErrorCode:DeviceNotFound;d1"}`},
			"read twin d1: 404 ModuleNotFound: d1", 0,
		},
		{"empty, with header", answer{404, named("DeviceNotFound"), ""}, "read twin d1: 404 DeviceNotFound", 0},
		{"empty", answer{404, nil, ""}, "read twin d1: 404 Not Found", 0},
		{
			"not JSON",
			answer{404, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<html>Authorization: secret-secret</html>"},
			"read twin d1: 404 Not Found: the answer (text/html) is not one of IoT Hub; is a proxy in between, or the host name wrong?", 0,
		},
		{
			"other JSON",
			answer{404, map[string]string{"Content-Type": "application/json"}, `["x"]`},
			"read twin d1: 404 Not Found: the answer (application/json) is not one of IoT Hub; is a proxy in between, or the host name wrong?", 0,
		},
		{"members of odd types", answer{400, nil, `{"Message":17,"errorCode":{},"trackingId":[]}`}, "read twin d1: 400 Bad Request", 0},
		{
			"control characters",
			answer{400, nil, `{"Message":"ErrorCode:ArgumentInvalid;a\u001b[31m\nb\u202ec"}`},
			"read twin d1: 400 ArgumentInvalid: a[31m bc", 0,
		},
		{"redirect", answer{302, map[string]string{"Location": "https://elsewhere.example", "Content-Type": "text/html"}, "x"}, "read twin d1: 302 Found: the answer (text/html) is not one of IoT Hub; is a proxy in between, or the host name wrong?", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := newExchange(t, row.answer)
			_, err := x.client.Twin(context.Background(), "d1", "")
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := e.Error(); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if e.Code != row.code || e.Status != row.answer.status || e.Tries != 1 {
				t.Errorf("got status %d, code %d, %d tries, want %d, %d, 1", e.Status, e.Code, e.Tries, row.answer.status, row.code)
			}
		})
	}
}

// TestErrorCause: azcore's error is there for those who know it, without the token
// that the request bore.
func TestErrorCause(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{409, nil, `{"Message":"ErrorCode:DeviceAlreadyExists;x"}`})
	auth := Authentication{Type: AuthSAS, SymmetricKey: SymmetricKey{Primary: "c2VjcmV0", Secondary: "c2VjcmV0"}}
	_, err := x.client.PutDevice(context.Background(), Device{DeviceID: "d", Authentication: auth}, "")
	var cause *azcore.ResponseError
	if !errors.As(err, &cause) || cause.StatusCode != 409 || cause.ErrorCode != "DeviceAlreadyExists" {
		t.Fatalf("got cause %v, want a ResponseError 409", cause)
	}
	if !strings.Contains(cause.Error(), "DeviceAlreadyExists;x") {
		t.Errorf("got %s, want the answer in it", cause)
	}
	if r := cause.RawResponse.Request; r == nil || r.Header != nil || r.Body != nil || r.GetBody != nil {
		t.Errorf("got request %v, want one without headers and body", r)
	}
}

// TestKeysAreNotRepeated: whatever a hub says of an identity, its keys do not get
// into errors, however JSON spells them.
func TestKeysAreNotRepeated(t *testing.T) {
	t.Parallel()
	const key = "c2VjcmV0+c2VjcmV0/c2VjcmV0"
	auth := Authentication{Type: AuthSAS, SymmetricKey: SymmetricKey{Primary: key, Secondary: key}}
	for _, spelled := range []string{key, `c2VjcmV0\u002bc2VjcmV0\/c2VjcmV0`} {
		x := newExchange(t, answer{400, nil, `{"Message":"ErrorCode:ArgumentInvalid;bad key ` + spelled + `!"}`})
		_, device := x.client.PutDevice(context.Background(), Device{DeviceID: "d", Authentication: auth}, "")
		_, module := x.client.PutModule(context.Background(), Module{DeviceID: "d", ModuleID: "m", Authentication: auth}, Any)
		_, bulk := x.client.Bulk(context.Background(), []BulkEntry{{ID: "d", ImportMode: ImportCreate, Authentication: &auth}})
		for _, err := range []error{device, module, bulk} {
			if err == nil || leaks(err.Error()) || !strings.Contains(err.Error(), "bad key ***!") {
				t.Errorf("got error %v, want one with the key removed", err)
			}
		}
		x = newExchange(t, answer{400, nil, `{"isSuccessful":false,"errors":[{"deviceId":"d","errorCode":400004,"errorStatus":"bad key ` + spelled + `!"}]}`})
		r, err := x.client.Bulk(context.Background(), []BulkEntry{{ID: "d", ImportMode: ImportCreate, Authentication: &auth}})
		if err != nil || len(r.Errors) != 1 || r.Errors[0].Message != "bad key ***!" {
			t.Errorf("got %v, %v, want one error with the key removed", r, err)
		}
	}
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		err  error
		want string // predicates that hold
	}{
		{"nothing", nil, ""},
		{"another error", errors.New("x"), ""},
		{"device not found", &Error{Status: 404, Name: "DeviceNotFound"}, "notfound"},
		{"wrapped", fmt.Errorf("x: %w", &Error{Status: 404, Name: "ModuleNotFound"}), "notfound"},
		{"not found by code", &Error{Status: 404, Code: 404001}, "notfound"},
		{"not found by a proxy", &Error{Status: 404}, ""},
		{"feature not supported", &Error{Status: 404, Name: "FeatureNotSupported", Code: 404013}, ""},
		{"exists", &Error{Status: 409, Name: "DeviceAlreadyExists"}, "conflict"},
		{"stale", &Error{Status: 412}, "precondition"},
		{"stale in a bulk call", BulkError{Code: 400023, Name: "EtagDoesNotMatch"}, "precondition"},
		{"exists in a bulk call", fmt.Errorf("x: %w", BulkError{Code: 409001}), "conflict"},
		{"missing in a bulk call", BulkError{Code: 404001}, "notfound"},
		{"401", &Error{Status: 401}, "unauthorized"},
		{"403 for a right", &Error{Status: 403, Name: "IotHubUnauthorizedAccess"}, "unauthorized"},
		{"403 for the quota", &Error{Status: 403, Name: "IotHubQuotaExceeded"}, ""},
		{"403 for the quota by code", &Error{Status: 403, Code: 403002}, ""},
		{"throttled", &Error{Status: 429}, "throttled"},
		{"in doubt", &Error{Status: 500, Ambiguous: true}, "ambiguous"},
		{"no answer", &Error{Ambiguous: true}, "ambiguous"},
	}
	predicates := []struct {
		name string
		is   func(error) bool
	}{
		{"notfound", IsNotFound},
		{"conflict", IsConflict},
		{"precondition", IsPreconditionFailed},
		{"unauthorized", IsUnauthorized},
		{"throttled", IsThrottled},
		{"ambiguous", IsAmbiguous},
	}
	for _, row := range rows {
		var got []string
		for _, p := range predicates {
			if p.is(row.err) {
				got = append(got, p.name)
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: got %v, want %q", row.name, got, row.want)
		}
	}
}

func TestUnauthorizedHints(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	policyKey, _ := SASCredential(ConnectionString{HostName: "h", PolicyName: "device", Key: testKey}, nil)
	expired, _ := SASCredential(ConnectionString{HostName: "h", Signature: "SharedAccessSignature sr=h&sig=x&se=1700000000"}, nil)
	valid, _ := SASCredential(ConnectionString{HostName: "h", Signature: "SharedAccessSignature sr=h&sig=x&se=4000000000"}, nil)
	ctx := context.Background()
	twin := func(c *Client) error { _, err := c.Twin(ctx, "d", ""); return err }
	rows := []struct {
		name string
		cred Credential
		date time.Time
		call func(*Client) error
		want string
	}{
		{"twin", policyKey, now, twin, "check that policy device has the right ServiceConnect (as iothubowner and service do) and that its key is current"},
		{"read device", policyKey, now, func(c *Client) error { _, err := c.Device(ctx, "d"); return err }, "policy device has the right RegistryRead (as"},
		{"write device", policyKey, now, func(c *Client) error { return c.DeleteDevice(ctx, "d", Any) }, "policy device has the right RegistryWrite (as"},
		{"module of a disabled device", policyKey, now, func(c *Client) error { _, err := c.Modules(ctx, "d"); return err }, "it can also mean that the device does not exist or is disabled"},
		{"query", policyKey, now, func(c *Client) error {
			for _, err := range c.Query(ctx, "SELECT * FROM devices", 0) {
				return err
			}
			return nil
		}, "the rights RegistryRead and ServiceConnect (as iothubowner does)"},
		{"clock ahead", policyKey, now.Add(-6 * time.Minute), twin, "the clock of this machine is 6m0s ahead of the hub's"},
		{"clock behind", policyKey, now.Add(time.Hour), twin, "the clock of this machine is 1h0m0s behind the hub's"},
		{"clock a little off", policyKey, now.Add(4 * time.Minute), twin, "check that policy"},
		{"expired signature", expired, now, twin, "the shared access signature expired at 2023-11-14T22:13:20Z; make a new one"},
		{"valid signature", valid, now, twin, "check that the policy of the shared access signature has the right ServiceConnect"},
		{"Entra ID", TokenCredential(&entra{}), now, twin, "needs the role IoT Hub Data Reader or IoT Hub Data Contributor on this hub"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := New("h", row.cred, &Options{
				Now: func() time.Time { return now },
				Transport: transport(func(r *http.Request) (*http.Response, error) {
					return respond(r, answer{
						401,
						map[string]string{"iothub-errorcode": "IotHubUnauthorizedAccess", "Date": row.date.Format(http.TimeFormat)},
						`{"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized"}`,
					}), nil
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			err = row.call(c)
			if !IsUnauthorized(err) || !strings.Contains(err.Error(), ": 401 IotHubUnauthorizedAccess: Unauthorized; ") || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want a 401 with %q", err, row.want)
			}
		})
	}
}

func FuzzErrorEnvelope(f *testing.F) {
	f.Add("DeviceNotFound", "application/json", []byte(`{"Message":"ErrorCode:DeviceNotFound;d1","ExceptionMessage":"Tracking ID:01-TimeStamp:x"}`))
	f.Add("", "", []byte(`{"errorCode":409301,"message":"m","trackingId":"t"}`))
	f.Add("", "", []byte(`{"Message":"{\"errorCode\":404103,\"message\":\"m\"}","ExceptionMessage":""}`))
	f.Add("x y", "text/html", []byte("<html>"))
	f.Fuzz(func(t *testing.T, name, kind string, body []byte) {
		h := http.Header{headerErrorCode: {name}, "Content-Type": {kind}}
		r := parseRefusal(h, body)
		if r.code < 0 || r.code >= 1_000_000 {
			t.Errorf("got code %d", r.code)
		}
		if isErrorName(name) && r.name != name {
			t.Errorf("got name %q, want that of the header, %q", r.name, name)
		}
		line := (&Error{Op: "x", Status: 400, Name: r.name, Message: r.message, TrackingID: r.trackingID}).Error()
		if strings.ContainsFunc(line, unicode.IsControl) || !utf8.ValidString(line) || len(line) > 16*maxText {
			t.Errorf("got %q, want one short line", line)
		}
	})
}

// FuzzBulkError: any JSON gives an error of one line, or none.
func FuzzBulkError(f *testing.F) {
	f.Add([]byte(`{"deviceId":"d1","errorCode":409001,"errorStatus":"x"}`))
	f.Add([]byte(`{"deviceId":"d1","warningCode":"DeviceRegisteredWithoutTwin","warningStatus":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e BulkError
		if json.Unmarshal(data, &e) == nil && strings.ContainsFunc(e.Message, unicode.IsControl) {
			t.Errorf("got %q, want one line", e.Message)
		}
	})
}
