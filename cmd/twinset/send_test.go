package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdSend is somebody else at a served hub, the one of IOTHUB_CONNECTION_STRING.
//
//	send METHOD PATH BODY
func cmdSend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: send METHOD PATH BODY")
	}
	connection := ts.Getenv("IOTHUB_CONNECTION_STRING")
	host, _, _ := strings.Cut(strings.TrimPrefix(connection, "HostName="), ";")
	req, err := http.NewRequest(args[0], "https://"+host+args[1]+"?api-version=2021-04-12", strings.NewReader(args[2]))
	ts.Check(err)
	req.Header.Set("Authorization", token(connection))
	req.Header.Set("Content-Type", "application/json")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ts.ReadFile(ts.Getenv("TWINSET_CA_FILE"))))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	answer, err := client.Do(req)
	ts.Check(err)
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode >= http.StatusBadRequest {
		ts.Fatalf("%s %s: %d %s %v", args[0], args[1], answer.StatusCode, text, err)
	}
}
