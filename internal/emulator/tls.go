package emulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	caLifetime = 10 * 365 * 24 * time.Hour
	// Clients that follow the platform rules refuse server certificates which live longer than 825 days.
	leafLifetime = 800 * 24 * time.Hour
	// backdate lets a client whose clock is a little behind connect to a hub that has just started.
	backdate = time.Hour
)

// authority is the hub's own CA. Clients check certificates against the real time, so it does not use the hub's clock.
type authority struct {
	cert    *x509.Certificate
	certPEM []byte
	key     *ecdsa.PrivateKey
}

// loadAuthority reads the CA of a data directory, or makes one and keeps it there when dir is not empty.
func loadAuthority(dir string) (*authority, error) {
	if dir == "" {
		a, _, err := newAuthority()
		return a, err
	}
	certFile, keyFile := filepath.Join(dir, caName), filepath.Join(dir, caKeyName)
	certPEM, certErr := os.ReadFile(certFile)
	keyPEM, keyErr := os.ReadFile(keyFile)
	if errors.Is(certErr, fs.ErrNotExist) { // a key alone is left by a crash in createAuthority
		return createAuthority(certFile, keyFile)
	}
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	a, err := parseAuthority(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("read CA %s: %w (remove it and %s to make a new one)", certFile, err, keyFile)
	}
	return a, nil
}

func createAuthority(certFile, keyFile string) (*authority, error) {
	a, keyPEM, err := newAuthority()
	if err != nil {
		return nil, err
	}
	if err := replaceFile(keyFile, writeBytes(keyPEM)); err != nil {
		return nil, fmt.Errorf("write CA key: %w", err)
	}
	if err := replaceFile(certFile, writeBytes(a.certPEM)); err != nil {
		return nil, fmt.Errorf("write CA: %w", err)
	}
	return a, nil
}

func newAuthority() (*authority, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make CA key: %w", err)
	}
	template, err := newTemplate("twinset emulator CA", caLifetime)
	if err != nil {
		return nil, nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, fmt.Errorf("make CA: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode CA key: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read back CA: %w", err)
	}
	a := &authority{cert: cert, certPEM: encodePEM("CERTIFICATE", der), key: key}
	return a, encodePEM("PRIVATE KEY", keyDER), nil
}

func newTemplate(name string, lifetime time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(lifetime),
	}, nil
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func parseAuthority(certPEM, keyPEM []byte) (*authority, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, err
	}
	key, isECDSA := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !isECDSA || !pair.Leaf.IsCA {
		return nil, errors.New("not a CA with an ECDSA key")
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return nil, errors.New("CA has expired")
	}
	return &authority{cert: pair.Leaf, certPEM: certPEM, key: key}, nil
}

// issue makes a server certificate. Chain and host name are both checked by the Python SDK, so a self-signed leaf
// would not do.
func (a *authority) issue(hostName string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template, err := newTemplate(hostName, leafLifetime)
	if err != nil {
		return tls.Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost", "*.azure-devices.net"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if ip := net.ParseIP(hostName); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else if !slices.Contains(template.DNSNames, hostName) {
		template.DNSNames = append(template.DNSNames, hostName)
	}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}
