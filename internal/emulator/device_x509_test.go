package emulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// issuer makes client certificates; the zero value makes self-signed ones.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (i issuer) issue(t *testing.T, name string, change func(*x509.Certificate)) (tls.Certificate, issuer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	signer := i
	if signer.cert == nil {
		signer = issuer{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	chain := [][]byte{der}
	if i.cert != nil {
		chain = append(chain, i.cert.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, issuer{leaf, key}
}

func asCA(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
}

func expired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

func TestThumbprints(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, _ := issuer{}.issue(t, "whatever", nil)
	second, _ := issuer{}.issue(t, "whatever", nil)
	stranger, _ := issuer{}.issue(t, "whatever", nil)
	old, _ := issuer{}.issue(t, "whatever", expired)
	short, long := sha1.Sum(first.Leaf.Raw), sha256.Sum256(second.Leaf.Raw)
	oldSum := sha256.Sum256(old.Leaf.Raw)
	identity := func(primary, secondary string) string {
		return fmt.Sprintf(`"authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":%q,"secondaryThumbprint":%q}}}`, primary, secondary)
	}
	prints := identity(strings.ToUpper(hex.EncodeToString(short[:])), hex.EncodeToString(long[:]))
	s.must(200, "PUT", "/devices/d", `{"deviceId":"d",`+prints)
	s.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m",`+prints)
	s.must(200, "PUT", "/devices/old", `{"deviceId":"old",`+identity(hex.EncodeToString(oldSum[:]), hex.EncodeToString(oldSum[:])))
	s.device("sas")
	rows := []struct {
		name, clientID string
		certificate    *tls.Certificate
		want           bool
	}{
		{"SHA-1, upper case", "d", &first, true},
		{"SHA-256", "d", &second, true},
		{"module", "d/m", &first, true},
		{"another certificate", "d", &stranger, false},
		{"no certificate", "d", nil, false},
		{"expired", "old", &old, false},
		{"device with keys", "sas", &first, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := s.dial(login{
				clientID: row.clientID, userName: "localhost/" + row.clientID + "/?api-version=2021-04-12",
				certificate: row.certificate, clean: true,
			})
			if (err == nil) != row.want {
				t.Errorf("got %v, want accepted: %v", err, row.want)
			}
		})
	}
	// A token that nobody's key signed is no way around the certificate.
	if _, err := s.dial(login{
		clientID: "d", userName: "localhost/d/?api-version=2021-04-12", certificate: &first,
		password: sign(resource("d"), "", "", noon.Add(time.Hour)),
	}); err == nil {
		t.Error("got a token signed with an empty key accepted")
	}
}

func TestCertificateAuthority(t *testing.T) {
	t.Parallel()
	_, root := issuer{}.issue(t, "fleet root", asCA)
	_, intermediate := root.issue(t, "plant 7", asCA)
	_, other := issuer{}.issue(t, "fleet root", asCA)
	trusted := x509.NewCertPool()
	trusted.AddCert(root.cert)
	s := openSite(t, Options{DeviceRoots: trusted})
	s.must(200, "PUT", "/devices/d", `{"deviceId":"d","authentication":{"type":"certificateAuthority"}}`)
	s.must(200, "PUT", "/devices/d/modules/m", `{"deviceId":"d","moduleId":"m","authentication":{"type":"certificateAuthority"}}`)
	rows := []struct {
		name, clientID, commonName string
		from                       issuer
		change                     func(*x509.Certificate)
		want                       bool
	}{
		{name: "from the root", clientID: "d", commonName: "d", from: root, want: true},
		{name: "through an intermediate", clientID: "d", commonName: "d", from: intermediate, want: true},
		{name: "module", clientID: "d/m", commonName: "d/m", from: root, want: true},
		{name: "name of another device", clientID: "d", commonName: "e", from: root},
		{name: "device certificate for a module", clientID: "d/m", commonName: "d", from: root},
		{name: "another root", clientID: "d", commonName: "d", from: other},
		{name: "self-signed", clientID: "d", commonName: "d"},
		{name: "expired", clientID: "d", commonName: "d", from: root, change: expired},
		{name: "for servers", clientID: "d", commonName: "d", from: root, change: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			certificate, _ := row.from.issue(t, row.commonName, row.change)
			_, err := s.dial(login{
				clientID: row.clientID, userName: "localhost/" + row.clientID + "/?api-version=2021-04-12",
				certificate: &certificate, clean: true,
			})
			if (err == nil) != row.want {
				t.Errorf("got %v, want accepted: %v", err, row.want)
			}
		})
	}
}
