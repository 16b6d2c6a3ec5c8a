//go:build scale

package scale

import (
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

	decoder jsontext.Decoder
}

func (f *floor) readDeclared(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	d := jsontext.NewDecoder(in)
	for d.PeekKind() == '{' {
		id, sum, err := f.object(d)
		if err != nil {
			return err
		}
		f.want[id] = sum
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// object reads every token of an object, and sums them.
func (f *floor) object(d *jsontext.Decoder) (id, sum uint64, err error) {
	var h maphash.Hash
	h.SetSeed(f.seed)
	for depth, isID := 0, false; ; {
		kind := d.PeekKind()
		_ = h.WriteByte(byte(kind)) // never fails
		switch kind {
		case '{', '[', '}', ']':
			if _, err := d.ReadToken(); err != nil {
				return 0, 0, err
			}
			if depth += nesting(kind); depth == 0 {
				return id, h.Sum64(), nil
			}
		default:
			text, err := d.ReadValue()
			if err != nil {
				return 0, 0, err
			}
			_, _ = h.Write(text) // never fails
			if isID {
				id = maphash.Bytes(f.seed, text)
			}
			isID = depth == 1 && (string(text) == `"id"` || string(text) == `"deviceId"`)
		}
	}
}

func nesting(kind jsontext.Kind) int {
	if kind == '{' || kind == '[' {
		return 1
	}
	return -1
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
	d := &f.decoder
	d.Reset(bytes.NewBuffer(text)) // the one kind of reader whose bytes are not copied
	if _, err := d.ReadToken(); err != nil {
		return 0, err
	}
	for ; d.PeekKind() != ']'; n++ {
		id, _, err := f.object(d)
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
