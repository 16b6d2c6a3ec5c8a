// Command portal plays somebody who changes a twin by hand, as one does in the
// Azure portal. It speaks plain HTTP to the embedded hub that `twinset emulator`
// serves, so that a demonstration needs neither curl nor openssl:
//
//	portal PROJECT_DIR DEVICE[/MODULE] '{"properties":{"desired":{"telemetryInterval":60}}}'
//
// It must not use anything of twinset but the file that tells where the hub is.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: portal PROJECT_DIR DEVICE[/MODULE] PATCH")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "portal:", err)
		os.Exit(1)
	}
}

func run(project, twin, patch string) error {
	endpoint, client, err := dial(project)
	if err != nil {
		return err
	}
	token, err := sign(endpoint.ConnectionString, time.Now().Add(time.Minute))
	if err != nil {
		return err
	}
	device, module, isModule := strings.Cut(twin, "/")
	path := "/twins/" + url.PathEscape(device)
	if isModule {
		path += "/modules/" + url.PathEscape(module)
	}
	req, err := http.NewRequest(http.MethodPatch, "https://"+endpoint.HTTPS+path+"?api-version=2021-04-12", bytes.NewBufferString(patch))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}

type endpoint struct {
	ConnectionString string `json:"connection_string"`
	CAFile           string `json:"ca_file"`
	HTTPS            string `json:"https"`
}

// dial reads where the hub is and trusts its CA.
func dial(project string) (endpoint, *http.Client, error) {
	var e endpoint
	text, err := os.ReadFile(filepath.Join(project, ".twinset", "emulator", "endpoint.json"))
	if err != nil {
		return e, nil, fmt.Errorf("is twinset emulator running? %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, nil, err
	}
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		return e, nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return e, nil, errors.New("no certificate in " + e.CAFile)
	}
	return e, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

// sign makes a shared access signature from a connection string.
func sign(connection string, until time.Time) (string, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(connection, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	key, err := base64.StdEncoding.DecodeString(parts["SharedAccessKey"])
	if err != nil {
		return "", errors.New("the connection string has no usable key")
	}
	resource := url.QueryEscape(parts["HostName"])
	expiry := fmt.Sprint(until.Unix())
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(resource + "\n" + expiry))
	signature := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s", resource, signature, expiry, parts["SharedAccessKeyName"]), nil
}
