package hub

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateTransfer(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{status: 200, body: `{"jobId":"j1","type":"import","status":"enqueued","progress":0,"failureReason":null,"inputBlobContainerUri":"https://a/b?sig=x"}`})
	const uri = "https://a.example/b?sv=1&sig=x%2Fy"
	got, err := x.client.CreateTransfer(t.Context(), TransferRequest{Type: TransferImport, Input: uri, InputBlob: "in.txt", Output: uri, Auth: StorageByKey})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Transfer{ID: "j1", Type: "import", Status: "enqueued"}, got); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	want := strings.ReplaceAll(`{"type":"import","inputBlobContainerUri":"URI","inputBlobName":"in.txt","outputBlobContainerUri":"URI","storageAuthenticationType":"keyBased"}`,
		"URI", strings.ReplaceAll(uri, "&", `\u0026`))
	if r := x.last(); r.Body != want || r.Method != "POST" || r.URI != "/jobs/create?api-version=2021-04-12" {
		t.Errorf("got %s %s\n%s\nwant POST /jobs/create with\n%s", r.Method, r.URI, r.Body, want)
	}
}

// TestTransferRefused: what the hub repeats of a container is shown without its SAS.
func TestTransferRefused(t *testing.T) {
	t.Parallel()
	rows := []struct {
		status       int
		name, text   string
		busy, absent bool
	}{
		{400, "BlobContainerValidationError", "Unauthorized to write to https://a/b?sv=1&sig=x%2Fy or x/y", false, false},
		{403, "JobQuotaExceeded", "", true, false},
		{404, "JobNotFound", "", false, true},
	}
	for _, row := range rows {
		x := newExchange(t, answer{row.status, map[string]string{"iothub-errorcode": row.name}, `{"Message":"ErrorCode:` + row.name + `;` + row.text + `"}`})
		_, err := x.client.CreateTransfer(t.Context(), TransferRequest{Type: TransferExport, Output: "https://a/b?sv=1&sig=x%2Fy"})
		if err == nil || !strings.Contains(err.Error(), row.name) || strings.Contains(err.Error(), "x%2Fy") || strings.Contains(err.Error(), "x/y") {
			t.Errorf("got error %v, want %s without the SAS", err, row.name)
		}
		if IsBusy(err) != row.busy || IsNotFound(err) != row.absent || IsAmbiguous(err) {
			t.Errorf("%s: got busy %v, not found %v, ambiguous %v", row.name, IsBusy(err), IsNotFound(err), IsAmbiguous(err))
		}
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	x := newExchange(t, answer{status: 200, body: `[{"jobId":"a","status":"running","progress":40},{"jobId":"b","status":"failed","failureReason":"no"}]`})
	list, err := x.client.Transfers(t.Context())
	if err != nil || len(list) != 2 || list[0].Ended() || !list[1].Ended() || list[1].Completed() || list[1].Failure != "no" {
		t.Errorf("got %+v (%v)", list, err)
	}
	if _, err := x.client.Transfer(t.Context(), "a/b"); err == nil || x.last().URI != "/jobs/a%2Fb?api-version=2021-04-12" {
		t.Errorf("got %s (%v), want the id escaped, and an error of an answer that is a list", x.last().URI, err)
	}
}
