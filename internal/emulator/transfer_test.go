package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seenTransfer is what a test looks at.
type seenTransfer struct {
	JobID, Type, Status, EndTimeUTC string
	FailureReason                   *string
	Progress                        int
}

func readTransfer(tb testing.TB, body string) seenTransfer {
	tb.Helper()
	var j seenTransfer
	if err := json.Unmarshal([]byte(body), &j); err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return j
}

// transfer creates a job and returns what became of it.
func (r *rig) transfer(kind string, blobs *blobServer, more string) seenTransfer {
	r.Helper()
	created := readTransfer(r, r.must(200, "POST", "/jobs/create", transferBody(kind, blobs, more)))
	if created.Status != "enqueued" || created.Type != kind {
		r.Errorf("got %+v, want it enqueued", created)
	}
	return readTransfer(r, r.must(200, "GET", "/jobs/"+created.JobID, ""))
}

func transferBody(kind string, blobs *blobServer, more string) string {
	return fmt.Sprintf(`{"type":%q,"inputBlobContainerUri":%q,"outputBlobContainerUri":%q%s}`, kind, blobs.uri(), blobs.uri(), more)
}

func (r *rig) wantCompleted(got seenTransfer) {
	r.Helper()
	if got.Status != "completed" || got.Progress != 100 || got.FailureReason != nil || got.EndTimeUTC == "" {
		r.Errorf("got %+v, want it completed without a reason to fail", got)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	seed(r)
	if err := r.hub.Report("b", "", []byte(`{"seen":true}`)); err != nil {
		t.Fatal(err)
	}
	r.wantCompleted(r.transfer("export", blobs, ""))
	if got := blobs.names(); got != "devices.txt" {
		t.Errorf("got blobs %s, want devices.txt alone: nothing is left of the try", got)
	}
	var order []string
	for line := range strings.Lines(blobs.get("devices.txt")) {
		var l struct{ ID, ModuleID string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		order = append(order, recordKey(l.ID, l.ModuleID))
	}
	if diff := cmp.Diff([]string{"a", "b", "b\x00m", "e", "e\x00$edgeAgent", "e\x00$edgeHub"}, order); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	device := r.hub.store.find("b", "")
	want := fmt.Sprintf(`{"id":"b","eTag":%q,"status":"enabled","authentication":{"symmetricKey":{"primaryKey":%q,"secondaryKey":%q},`+
		`"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"},"twinETag":"AAAAAAAAAAI=","tags":{"t":[1.0,{"x":"é"}]},`+
		`"properties":{"desired":{"u":{"v":1,"w":2}},"reported":{"seen":true}},"capabilities":{"iotEdge":false}}`+"\n",
		identityETag(device.etag), device.auth.primaryKey, device.auth.secondaryKey)
	if got := strings.SplitAfter(blobs.get("devices.txt"), "\n")[1]; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestExportWithoutKeys(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	seed(r)
	r.wantCompleted(r.transfer("export", blobs, `,"excludeKeysInExport":true,"outputBlobName":"a/b c.txt"`))
	text := blobs.get("a/b c.txt")
	if first, _, _ := strings.Cut(text, "\n"); first != excludedKeys {
		t.Errorf("got first line %s, want %s", first, excludedKeys)
	}
	if key := r.hub.store.find("b", "").auth.primaryKey; strings.Contains(text, key) || !strings.Contains(text, `"primaryKey":null`) {
		t.Errorf("got keys in %s", text)
	}
}

// A blob of more than a block goes in blocks.
func TestExportInBlocks(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	r.device("big")
	value := strings.Repeat("x", 4000)
	r.must(200, "PATCH", "/twins/big", `{"properties":{"desired":{"a":"`+value+`","b":"`+value+`","c":"`+value+`","d":"`+value+`"}}}`)
	r.hub.mu.Lock()
	big := r.hub.store.find("big", "")
	for i := range 600 {
		copied := big.clone()
		copied.deviceID = fmt.Sprintf("big-%03d", i)
		copied.key = copied.deviceID
		r.hub.store.put(copied)
	}
	r.hub.mu.Unlock()
	r.wantCompleted(r.transfer("export", blobs, ""))
	if n := len(blobs.blocks); n != 3 {
		t.Errorf("got %d blocks, want 3", n)
	}
	if n := strings.Count(blobs.get("devices.txt"), "\n"); n != 601 {
		t.Errorf("got %d lines, want 601", n)
	}
}

// What was exported makes the same hub again, apart from etags and times.
func TestImportOfAnExport(t *testing.T) {
	t.Parallel()
	from, to, blobs := newRig(t), newRig(t), newBlobServer(t)
	from.must(200, "POST", "/devices", `[{"id":"b","importMode":"create","tags":{"t":1},"properties":{"desired":{"u":{"v":1}}}},`+
		`{"id":"a","importMode":"create","status":"disabled","statusReason":"why","deviceScope":"s"}]`)
	from.must(200, "PUT", "/devices/b/modules/m", `{"deviceId":"b","moduleId":"m"}`)
	from.must(200, "PUT", "/configurations/c", `{"id":"c","priority":3,"targetCondition":"tags.none = 1","labels":{"l":"x"},`+
		`"content":{"deviceContent":{"properties.desired.k":{"l":1.0}}},"metrics":{"queries":{"all":"SELECT deviceId FROM devices"}}}`)
	from.wantCompleted(from.transfer("export", blobs, `,"includeConfigurations":true`))
	to.wantCompleted(to.transfer("import", blobs, `,"includeConfigurations":true`))
	if got := blobs.names(); got != "configurations.txt devices.txt" {
		t.Errorf("got blobs %s, want no log of errors", got)
	}
	for _, path := range []string{"/devices/a", "/devices/b", "/devices/b/modules/m", "/twins/b", "/configurations/c"} {
		if diff := cmp.Diff(withoutTimes(t, from.must(200, "GET", path, "")), withoutTimes(t, to.must(200, "GET", path, ""))); diff != "" {
			t.Errorf("%s (-exported +imported):\n%s", path, diff)
		}
	}
}

// withoutTimes leaves out what an import makes anew.
func withoutTimes(t *testing.T, body string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etag", "deviceEtag", "generationId", "createdTimeUtc", "lastUpdatedTimeUtc", "systemMetrics"} {
		delete(doc, name)
	}
	return doc
}

func TestImportModes(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	for _, id := range []string{"update", "stale", "matches", "twin-stale", "delete", "both", "twin"} {
		r.device(id)
	}
	r.must(200, "PUT", "/devices/both/modules/m", `{"deviceId":"both","moduleId":"m"}`)
	etag := identityETag(r.hub.store.find("matches", "").etag)
	stale := identityETag(r.hub.store.find("twin-stale", "").etag)
	blobs.set("devices.txt", "\ufeff"+strings.Join([]string{
		`{"id":"update","importMode":"Update","status":"disabled","tags":{"a":1}}`,
		`{"id":"stale","importMode":"updateIfMatchETag","eTag":"MA==","status":"disabled"}`,
		`{"id":"matches","importMode":"createOrUpdateIfMatchETag","eTag":"` + etag + `","status":"disabled","tags":{"a":1}}`,
		`{"id":"twin-stale","importMode":"updateIfMatchETag","eTag":"` + stale + `","twinETag":"AAAAAAAAAAk=","status":"disabled","tags":{"a":1}}`,
		``,
		`{"id":"delete","importMode":"delete","status":"enabled"}`,
		`{"id":"both","moduleId":"m","status":"enabled","tags":{"a":1}}`,
		`{"id":"twin","importMode":"updateTwin","status":"enabled","properties":{"desired":{"a":1}}}`,
		`{"id":"none","importMode":"update","status":"enabled"}`,
		`{"id":"new","importMode":"createOrUpdateIfMatchETag","status":"enabled","tags":{"a b":1}}`,
		`{"id":"e","importMode":"replace","status":"enabled"}`,
		`{"id":"no-status"}`,
		`{"id":"both","moduleId":"$edgeAgent","status":"enabled"}`,
		`nonsense`,
		`{"id":"last","status":"enabled"}`,
	}, "\r\n"))
	r.wantCompleted(r.transfer("import", blobs, ""))
	var got []string
	for line := range strings.Lines(blobs.get("importErrors.log")) {
		var e bulkError
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(strings.TrimSuffix(e.DeviceID+"/"+e.ModuleID, "/"), " ", e.ErrorCode))
	}
	want := []string{
		"stale 412001", "twin-stale 412001", "none 404001", "new 400004", "e 400004", "no-status 400004", "both/$edgeAgent 400004", " 400012",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	for path, part := range map[string]string{
		"/devices/update": `"status":"disabled"`, "/twins/update": `"tags":{"a":1}`, "/devices/stale": `"status":"enabled"`,
		"/devices/matches": `"status":"disabled"`, "/twins/matches": `"tags":{"a":1}`, "/devices/twin-stale": `"status":"enabled"`,
		"/twins/both/modules/m": `"tags":{"a":1}`, "/twins/twin": `"desired":{"a":1,`, "/devices/new": `"new"`, "/devices/last": `"last"`,
	} {
		if body := r.must(200, "GET", path, ""); !strings.Contains(body, part) {
			t.Errorf("%s: got %s, want it to contain %s", path, body, part)
		}
	}
	for _, id := range []string{"delete", "none", "no-status", "e"} {
		r.must(404, "GET", "/devices/"+id, "")
	}
}

func TestConfigurationLines(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	content := `"content":{"deviceContent":{"properties.desired.k":1}}`
	for _, id := range []string{"live", "stale"} {
		r.must(200, "PUT", "/configurations/"+id, `{"id":"`+id+`",`+content+`}`)
	}
	blobs.set("devices.txt", "")
	blobs.set("c.txt", strings.Join([]string{
		`{"Id":"live","ETag":"MQ==","Priority":7,"Content":{"DeviceContent":{"properties.desired.k":1}}}`,
		`{"id":"stale","etag":"Mg==","priority":7,` + content + `}`, `{"id":"new","importMode":"createOrUpdateIfMatchETag",` + content + `}`,
		`{"id":"UPPER",` + content + `}`, `{"id":"a","importMode":"delete",` + content + `}`, `{"id":"b"}`, `1`,
	}, "\n"))
	r.wantCompleted(r.transfer("import", blobs, `,"includeConfigurations":true,"configurationsBlobName":"c.txt"`))
	for id, part := range map[string]string{"live": `"priority":7`, "stale": `"priority":0`, "new": `"MQ=="`} {
		if got := r.must(200, "GET", "/configurations/"+id, ""); !strings.Contains(got, part) {
			t.Errorf("%s: got %s, want it to contain %s", id, got, part)
		}
	}
	if got := blobs.get("importErrors.log"); strings.Count(got, "\n") != 5 || !strings.Contains(got, `{"deviceId":"stale","errorCode":412001,`) {
		t.Errorf("got %s, want five errors", got)
	}
}

func TestTransferRefusals(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	closed := newBlobServer(t)
	closed.Close()
	rows := []struct{ name, body, denied, want string }{
		{"no JSON", "{", "", "ArgumentInvalid"},
		{"no type", `{}`, "", "type ''"},
		{"no output", `{"type":"export"}`, "", "BlobContainerValidationError"},
		{"no input", `{"type":"import","outputBlobContainerUri":"http://x/y"}`, "", "BlobContainerValidationError"},
		{"no URI", `{"type":"export","outputBlobContainerUri":"box"}`, "", "BlobContainerValidationError"},
		{"nobody there", transferBody("export", closed, ""), "", "BlobContainerValidationError"},
		{"no write", transferBody("export", blobs, ""), "PUT", "Unauthorized to write to output blob container"},
		{"no delete", transferBody("export", blobs, ""), "DELETE", "Unauthorized to delete from output blob container"},
		{"no read", transferBody("import", blobs, ""), "HEAD", "Unauthorized to read from output blob container"},
		{"wrong SAS", strings.ReplaceAll(transferBody("export", blobs, ""), "sv=", "sw="), "", "BlobContainerValidationError"},
	}
	for _, row := range rows {
		blobs.denied = row.denied
		w := r.ask("POST", "/jobs/create", row.body)
		if w.Code != 400 || !strings.Contains(w.Body.String(), row.want) || strings.Contains(w.Body.String(), "sig=") {
			t.Errorf("%s: got %d %s, want 400 with %q and no SAS", row.name, w.Code, w.Body, row.want)
		}
	}
	r.must(501, "POST", "/jobs/create", `{"type":"export","outputBlobContainerUri":"http://x/y","storageAuthenticationType":"IdentityBased"}`)
	r.must(404, "GET", "/jobs/none", "")
	r.must(404, "DELETE", "/jobs/none", "")
	if got := r.must(200, "GET", "/jobs", ""); got != "[]" {
		t.Errorf("got jobs %s, want none", got)
	}
}

func TestTransferFails(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	got := r.transfer("import", blobs, "") // no devices.txt
	if got.Status != "failed" || got.FailureReason == nil || !strings.Contains(*got.FailureReason, "404 BlobNotFound") {
		t.Errorf("got %+v, want it failed for want of the blob", got)
	}
	r.must(405, "DELETE", "/jobs/"+got.JobID, "")
	if all := r.must(200, "GET", "/jobs", ""); strings.Contains(all, "sig=") || strings.Contains(all, blobs.URL) {
		t.Errorf("got %s, want no URI of a container", all)
	}
}

// While a hub is served, a job runs beside its requests: one at a time, and it can be cancelled.
func TestTransferIsCancelled(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	blobs.set("devices.txt", `{"id":"a","status":"enabled"}`)
	blobs.hold = "devices.txt"
	stop := r.hub.background()
	defer stop()
	body := transferBody("import", blobs, "")
	created := readTransfer(t, r.must(200, "POST", "/jobs/create", body))
	if w := r.ask("POST", "/jobs/create", body); w.Code != http.StatusForbidden || w.Header().Get("iothub-errorcode") != "JobQuotaExceeded" {
		t.Errorf("got %d %s for a second job", w.Code, w.Body)
	}
	<-blobs.held
	if got := readTransfer(t, r.must(200, "GET", "/jobs/"+created.JobID, "")); got.Status != "running" {
		t.Errorf("got %+v, want it running", got)
	}
	r.must(204, "DELETE", "/jobs/"+created.JobID, "")
	close(blobs.release)
	stop()
	if got := readTransfer(t, r.must(200, "GET", "/jobs/"+created.JobID, "")); got.Status != "cancelled" {
		t.Errorf("got %+v, want it cancelled", got)
	}
	r.must(404, "GET", "/devices/a", "")
	blobs.hold = ""
	r.wantCompleted(r.transfer("import", blobs, ""))
}

// A hub that stops being served ends its job.
func TestTransferEndsWithTheServer(t *testing.T) {
	t.Parallel()
	r, blobs := newRig(t), newBlobServer(t)
	blobs.set("devices.txt", `{"id":"a","status":"enabled"}`)
	blobs.hold = "devices.txt"
	stop := r.hub.background()
	created := readTransfer(t, r.must(200, "POST", "/jobs/create", transferBody("import", blobs, "")))
	r.must(200, "GET", "/jobs/"+created.JobID, "")
	<-blobs.held
	stop()
	close(blobs.release)
	got := readTransfer(t, r.must(200, "GET", "/jobs/"+created.JobID, ""))
	if got.Status != "failed" || got.FailureReason == nil || *got.FailureReason != interrupted {
		t.Errorf("got %+v, want it failed because it was interrupted", got)
	}
}
