package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"unicode"
)

// isPermanent tells that a request without an answer will not get one later
// either: the server is not there, is not who it should be, or a token cannot be
// had.
func isPermanent(err error) bool {
	return isUntrusted(err) || isNotTLS(err) || isNoSuchHost(err) || isTokenFailure(err) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, errTooLarge)
}

// isUnsent tells that a failed request cannot have reached the hub.
func isUnsent(err error) bool {
	var op *net.OpError
	dialing := errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks connect")
	var dns *net.DNSError
	return dialing || errors.As(err, &dns) || isUntrusted(err) || isNotTLS(err) || isTokenFailure(err)
}

func isUntrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

func isNotTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

func isNoSuchHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// isTokenFailure recognizes azcore's mark for errors that another try will not
// mend; credentials put it on theirs.
func isTokenFailure(err error) bool {
	var mark interface {
		error
		NonRetriable()
	}
	return errors.As(err, &mark)
}

// describe words why there was no answer, in one line that says what to do. The
// second result tells that no connection came about, so that the text stands on
// its own.
func describe(host string, err error) (text string, unconnected bool) {
	if text := unreachable(err); text != "" {
		return "connect to " + host + ": " + text, true
	}
	switch {
	case isTokenFailure(err):
		return "get a token from Entra ID: " + plainText(err) +
			"; sign in with az login, set the AZURE_* variables or IOTHUB_CONNECTION_STRING", false
	case errors.Is(err, context.Canceled):
		return "canceled", false
	case errors.Is(err, errTooLarge):
		return "read answer of " + host + ": " + errTooLarge.Error(), false
	case isUnsent(err):
		return "connect to " + host + ": " + plainText(err), true
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer from " + host + " in time", false
	}
	return "talk to " + host + ": " + plainText(err), false
}

// unreachable words the failures to connect that people can mend.
func unreachable(err error) string {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(err, &authority):
		return "certificate signed by unknown authority; set TWINSET_CA_FILE to the CA certificate of this hub"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return strings.TrimPrefix(plainText(invalid), "x509: ") + "; check the clock of this machine"
	case errors.As(err, &name):
		return strings.TrimPrefix(plainText(name), "x509: ") + "; use a name that its certificate covers as HostName"
	case isNotTLS(err):
		return "the server does not speak TLS on this port"
	case isNoSuchHost(err):
		return "no such host; check the name of the hub"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused; nothing listens there"
	}
	return ""
}

// plainText is the text of an error in one line, without the URL that net/http
// puts before it.
func plainText(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return oneLine(err.Error())
}

// maxText bounds text of others in our errors. Hubs repeat whole property values
// in theirs (FACTS §0.9).
const maxText = 600

// oneLine folds white space and drops control characters, so that nothing that a
// server sends can rearrange a terminal.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if runes := []rune(s); len(runes) > maxText {
		return fmt.Sprintf("%s... (%d more characters)", string(runes[:maxText]), len(runes)-maxText)
	}
	return s
}
