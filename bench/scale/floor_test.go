//go:build scale

package scale

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Floors are the least that a plan could cost with these bytes, as processes of
// their own: reading the pages; decoding them with the standard library too; and
// reading both sides strictly, token by token, into hashes that are matched.
const (
	floorWire   = "wire"
	floorDecode = "decode"
	floorStrict = "strict"
)

// floorEnv makes the test's own binary one of the floors.
const floorEnv = "TWINSET_FLOOR"

// runFloor is the process. The strict floor reads the declared side, a line of
// JSON each, from a file.
func runFloor(kind, declared string) error {
	f := floor{kind: kind, seed: maphash.MakeSeed(), want: map[uint64]uint64{}}
	if kind == floorStrict {
		if err := f.readDeclared(declared); err != nil {
			return err
		}
	}
	n, err := f.readPages()
	if err == nil && kind == floorStrict && f.matched != len(f.want) {
		err = fmt.Errorf("%d of %d devices matched", f.matched, len(f.want))
	}
	fmt.Println(n)
	return err
}

type floor struct {
	kind    string
	seed    maphash.Seed
	want    map[uint64]uint64 // hash of the text by hash of the id
	matched int
}

func (f *floor) readDeclared(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		id, sum, err := f.hash(lines.Bytes())
		if err != nil {
			return err
		}
		f.want[id] = sum
	}
	return lines.Err()
}

// hash reads every token of an object, and sums them.
func (f *floor) hash(text []byte) (id, sum uint64, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(text))
	var h maphash.Hash
	h.SetSeed(f.seed)
	for isID := false; ; {
		tok, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return id, h.Sum64(), nil
		}
		if err != nil {
			return 0, 0, err
		}
		_ = h.WriteByte(byte(tok.Kind())) // never fails
		if k := tok.Kind(); k == '"' || k == '0' {
			s := tok.String()
			_, _ = h.WriteString(s) // never fails
			if isID {
				id = maphash.String(f.seed, s)
			}
			isID = d.StackDepth() == 1 && (s == "id" || s == "deviceId")
		}
	}
}

// readPages asks for all twins over one connection, as a plan does.
func (f *floor) readPages() (devices int, err error) {
	client, host, token, err := dial()
	if err != nil {
		return 0, err
	}
	next := ""
	var body bytes.Buffer
	for {
		req, err := http.NewRequest(http.MethodPost, "https://"+host+"/devices/query?api-version=2021-04-12", strings.NewReader(`{"query":"SELECT * FROM devices"}`))
		if err != nil {
			return devices, err
		}
		req.Header = http.Header{"Authorization": {token}, "Content-Type": {"application/json"}, "X-Ms-Max-Item-Count": {"100"}}
		if next != "" {
			req.Header.Set("X-Ms-Continuation", next)
		}
		resp, err := client.Do(req)
		if err != nil {
			return devices, err
		}
		body.Reset()
		_, err = body.ReadFrom(resp.Body)
		_ = resp.Body.Close() // it was read
		if err != nil || resp.StatusCode != http.StatusOK {
			return devices, fmt.Errorf("read page: %s: %w", resp.Status, err)
		}
		n, err := f.page(body.Bytes())
		if err != nil {
			return devices, err
		}
		devices += n
		if next = resp.Header.Get("X-Ms-Continuation"); next == "" {
			return devices, nil
		}
	}
}

func (f *floor) page(text []byte) (int, error) {
	switch f.kind {
	case floorDecode:
		var twins []any
		err := json.Unmarshal(text, &twins)
		return len(twins), err
	case floorStrict:
		return f.match(text)
	default:
		return bytes.Count(text, []byte(`"deviceId"`)), nil
	}
}

func (f *floor) match(text []byte) (n int, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(text))
	if _, err := d.ReadToken(); err != nil {
		return 0, err
	}
	for ; d.PeekKind() != ']'; n++ {
		item, err := d.ReadValue()
		if err != nil {
			return n, err
		}
		id, _, err := f.hash(item)
		if err != nil {
			return n, err
		}
		if _, ok := f.want[id]; ok {
			f.matched++
		}
	}
	return n, nil
}

// dial reads the environment as the program does, and signs a token for an hour.
func dial() (*http.Client, string, string, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(os.Getenv("IOTHUB_CONNECTION_STRING"), ";") {
		k, v, _ := strings.Cut(part, "=")
		parts[k] = v
	}
	key, err := base64.StdEncoding.DecodeString(parts["SharedAccessKey"])
	if err != nil {
		return nil, "", "", err
	}
	host, _, _ := strings.Cut(parts["HostName"], ":")
	expiry := time.Now().Add(time.Hour).Unix()
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s\n%d", url.QueryEscape(host), expiry)
	token := fmt.Sprintf("SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s", url.QueryEscape(host),
		url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))), expiry, parts["SharedAccessKeyName"])
	pem, err := os.ReadFile(os.Getenv("TWINSET_CA_FILE"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ReadBufferSize: 32 << 10}
	return &http.Client{Transport: t}, parts["HostName"], token, err
}
