package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseAddress reads an address as [Address.String] writes it:
// device.gw-01.module.opcua, configuration.night-mode, and with quotes where an id
// is not a plain word: device["gw.01"].
func ParseAddress(text string) (Address, error) {
	var a Address
	var rest string
	ok := false
	for _, k := range []Kind{KindDevice, KindConfiguration, KindDeployment} {
		if part, found := strings.CutPrefix(text, k.String()); found {
			a.Kind = k
			a.ID, rest, ok = cutAddressPart(part)
			break
		}
	}
	if module, nested := strings.CutPrefix(rest, ".module"); ok && nested && a.Kind == KindDevice {
		a.Kind = KindModule
		a.Sub, rest, ok = cutAddressPart(module)
	}
	if !ok || rest != "" {
		return Address{}, fmt.Errorf(`%q is not an address: write device.ID, device["ID"], device.ID.module.ID, configuration.ID or deployment.ID`, text)
	}
	return a, nil
}

// cutAddressPart takes .word or ["text"] off the front.
func cutAddressPart(s string) (id, rest string, ok bool) {
	if word, found := strings.CutPrefix(s, "."); found {
		n := strings.IndexByte(word, '.')
		if n < 0 {
			n = len(word)
		}
		return word[:n], word[n:], isWord(word[:n])
	}
	quoted, found := strings.CutPrefix(s, "[")
	if !found {
		return "", "", false
	}
	prefix, err := strconv.QuotedPrefix(quoted)
	if err != nil || prefix[0] != '"' {
		return "", "", false
	}
	if id, err = strconv.Unquote(prefix); err != nil || id == "" {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(quoted[len(prefix):], "]")
	return id, rest, ok
}
