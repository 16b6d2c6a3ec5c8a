package emulator

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestControl(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.device("d")
	control, err := NewControl(s.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	d := s.connect("d").subscribe(1, "devices/d/messages/devicebound/#")
	id, err := control.Send(t.Context(), "d", CommandInput{
		MessageID: "id-1", ContentType: "text/plain", Properties: map[string]string{"k": "v w", "a": "&"}, Body: []byte("1"),
	})
	if err != nil || id != "id-1" {
		t.Errorf("got %q, %v; want id-1", id, err)
	}
	d.wantCommand("1")
	if id, err = control.Send(t.Context(), "d", CommandInput{}); err != nil || len(id) != 36 {
		t.Errorf("got %q, %v; want a drawn id", id, err)
	}
	if _, err = control.Send(t.Context(), "none", CommandInput{}); err == nil || !strings.Contains(err.Error(), "DeviceNotFound") {
		t.Errorf("got %v, want DeviceNotFound", err)
	}

	d.publish(1, "devices/d/messages/events/", "x")
	page, err := control.Telemetry(t.Context(), 0, time.Minute)
	if err != nil || len(page.Messages) != 1 || page.Last != 1 {
		t.Errorf("got %+v, %v", page, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := control.Telemetry(ctx, 1, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestNewControlErrors(t *testing.T) {
	t.Parallel()
	if _, err := NewControl(Endpoint{ConnectionString: "HostName=x"}); err == nil {
		t.Error("got an endpoint without a key accepted")
	}
	none := filepath.Join(t.TempDir(), "none.pem")
	_, err := NewControl(Endpoint{ConnectionString: "HostName=x;SharedAccessKeyName=y;SharedAccessKey=c2VjcmV0", CAFile: none})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}
