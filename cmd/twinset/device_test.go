package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/twinset/twinset/internal/emulator"
)

// devices are the connections of scripts, by script and file of credentials.
type devices struct {
	mu   sync.Mutex
	open map[string]paho.Client
}

// cmd connects a device to a served hub over MQTT, or disconnects it. What twinset
// credentials printed is in a file.
//
//	device connect READYFILE CREDENTIALS
//	device disconnect CREDENTIALS
func (d *devices) cmd(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case !neg && len(args) == 3 && args[0] == "connect":
		d.connect(ts, args[1], ts.MkAbs(args[2]))
	case !neg && len(args) == 2 && args[0] == "disconnect":
		d.disconnect(ts.MkAbs(args[1]))
	default:
		ts.Fatalf("usage: device connect READYFILE CREDENTIALS | device disconnect CREDENTIALS")
	}
}

func (d *devices) connect(ts *testscript.TestScript, ready, credentials string) {
	var e emulator.Endpoint
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(ready)), &e))
	ca, err := os.ReadFile(e.CAFile)
	ts.Check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	p := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimSpace(ts.ReadFile(credentials)), ";") {
		k, v, _ := strings.Cut(part, "=")
		p[k] = v
	}
	host, _, _ := strings.Cut(p["HostName"], ":")
	o := paho.NewClientOptions().AddBroker("ssl://" + e.MQTT).SetClientID(p["DeviceId"]).
		SetUsername(host + "/" + p["DeviceId"] + "/?api-version=2021-04-12").
		SetPassword(sign(host+"/devices/"+p["DeviceId"], p["SharedAccessKey"])).
		SetTLSConfig(&tls.Config{RootCAs: roots, ServerName: host}).SetAutoReconnect(false)
	c := paho.NewClient(o)
	if t := c.Connect(); !t.WaitTimeout(20*time.Second) || t.Error() != nil {
		ts.Fatalf("connect %s: %v", p["DeviceId"], t.Error())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[credentials] = c
	ts.Defer(func() { d.disconnect(credentials) })
}

func (d *devices) disconnect(credentials string) {
	d.mu.Lock()
	c := d.open[credentials]
	delete(d.open, credentials)
	d.mu.Unlock()
	if c != nil {
		c.Disconnect(250) // ms for what is under way
	}
}
