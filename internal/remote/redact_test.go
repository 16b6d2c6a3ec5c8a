package remote

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/twinset/twinset/apply"
	"github.com/twinset/twinset/schema"
)

// echo refuses a request and repeats all of it, as the hub repeats values.
func echo(status int, form string) fault {
	return func(w http.ResponseWriter, req *http.Request, _ http.Handler) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			panic(err)
		}
		quoted, err := json.Marshal("you sent " + string(body))
		if err != nil {
			panic(err)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, form, quoted)
	}
}

func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const call = `{"Message":%s,"ExceptionMessage":""}`
	const item = `{"isSuccessful":false,"errors":[{"deviceId":"d","errorCode":400004,"errorStatus":%s}],"warnings":[]}`
	const warning = `{"isSuccessful":true,"errors":[],"warnings":[{"deviceId":"d","warningCode":"DeviceRegisteredWithoutTwin","warningStatus":%s}]}`
	for _, tt := range []struct {
		name string
		on   string
		form string
		code int
		set  declaration // before
		to   declaration
	}{
		{"create, the call", "POST /devices", call, 400, nil, keyed("d")},
		{"create, the entry", "POST /devices", item, 400, nil, keyed("d")},
		{"create, the twin", "POST /devices", warning, 200, nil, keyed("d")},
		{"create with a thumbprint", "POST /devices", item, 400, nil, printed("d")},
		{"create without an answer", "POST /devices", call, 503, nil, keyed("d")},
		{"update", "PUT /devices/d", call, 400, printed("d"), keyed("d")},
		{"update with a thumbprint", "PUT /devices/d", call, 400, keyed("d"), printed("d")},
		{"update with keys that it has", "PUT /devices/d", call, 400, keyed("d"), &schema.Device{ID: "d", Auth: keyed("d").Auth, Status: new("disabled")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newSecretRig(t)
			if tt.set != nil {
				r.set(tt.set)
			}
			c := r.change(tt.to)
			r.wire.disturb(1, tt.on, echo(tt.code, tt.form))
			o := r.execute(c)
			wantStatus(t, o, apply.Failed)
			wantNoSecret(t, r, o)
			if o.Err == nil || tt.code != 503 && !strings.Contains(o.Err.Error(), "you sent") {
				t.Errorf("got %v, want what the hub said", o.Err)
			}
		})
	}
}

// wantNoSecret looks for every secret in what an outcome shows.
func wantNoSecret(t *testing.T, r *rig, o apply.Outcome) {
	t.Helper()
	shown := fmt.Sprint(o.Err)
	for _, f := range o.Fields {
		shown += fmt.Sprintf(" %s %s %s", f.Path, f.Planned, f.Found)
	}
	for name, value := range r.env {
		if strings.Contains(strings.ToUpper(shown), strings.ToUpper(value)) {
			t.Errorf("the outcome shows secret %s: %s", name, shown)
		}
	}
}
