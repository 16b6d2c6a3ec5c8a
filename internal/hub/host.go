package hub

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// checkHost accepts host and host:port. The text is not repeated in the error: a
// connection string pasted in its place holds a key.
func checkHost(host string) error {
	bad := errors.New("it must be a host or host:port, without https:// and path")
	u, err := url.Parse("https://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" || strings.ContainsAny(host, "=; \t\"'<>") {
		return bad
	}
	if _, port, err := net.SplitHostPort(host); err == nil {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return errors.New("its port must be a number from 1 to 65535")
		}
	}
	return nil
}

// hostOnly is a host without its port.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// pathOf joins the segments of a path. Every byte outside letters and digits is
// encoded: '%', '#', '?' and '+' are legal in ids (FACTS §1.4), and ids like ".."
// would be resolved away on the way if they stood there in clear.
func pathOf(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		escapeTo(&b, s)
	}
	return b.String()
}

func escapeTo(b *strings.Builder, segment string) {
	const hex = "0123456789ABCDEF"
	for _, c := range []byte(segment) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
}
