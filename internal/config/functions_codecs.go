package config

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// thumbprintFunc is the thumbprint of the first certificate in PEM text, as the
// service writes it: in capital letters, SHA-1 unless "sha256" is asked for.
var thumbprintFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "pem", Type: cty.String}},
	VarParam: &function.Parameter{Name: "algorithm", Type: cty.String},
	Type:     function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		der, err := firstCertificate([]byte(args[0].AsString()))
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		algorithm := "sha1"
		switch len(args) {
		case 1:
		case 2:
			algorithm = args[1].AsString()
		default:
			return cty.NilVal, function.NewArgErrorf(2, "there can be only one algorithm")
		}
		var sum []byte
		switch algorithm {
		case "sha1":
			h := sha1.Sum(der)
			sum = h[:]
		case "sha256":
			h := sha256.Sum256(der)
			sum = h[:]
		default:
			return cty.NilVal, function.NewArgErrorf(1, `the algorithm must be "sha1" or "sha256"`)
		}
		return cty.StringVal(strings.ToUpper(hex.EncodeToString(sum))), nil
	},
})

func firstCertificate(text []byte) ([]byte, error) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil, errors.New("the text holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
		}
		if block.Type == "CERTIFICATE" {
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				return nil, errors.New("the certificate is damaged")
			}
			return block.Bytes, nil
		}
		text = rest
	}
}

// uuidNamespaces are those of RFC 9562.
var uuidNamespaces = map[string]string{
	"dns":  "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	"url":  "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
	"oid":  "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
	"x500": "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
}

// uuidV5Func makes the UUID of a name in a namespace: always the same one.
var uuidV5Func = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "namespace", Type: cty.String}, {Name: "name", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		namespace := args[0].AsString()
		if known, ok := uuidNamespaces[namespace]; ok {
			namespace = known
		}
		id, err := hex.DecodeString(strings.ReplaceAll(namespace, "-", ""))
		if err != nil || len(id) != 16 {
			return cty.NilVal, function.NewArgErrorf(0, `the namespace must be "dns", "url", "oid", "x500" or a UUID`)
		}
		h := sha1.Sum(append(id, args[1].AsString()...))
		h[6] = h[6]&0x0f | 0x50 // version 5
		h[8] = h[8]&0x3f | 0x80 // variant of RFC 9562
		return cty.StringVal(fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])), nil
	},
})

var (
	textEncodeBase64Func = codecFunc("encoding", func(s, encoding string) (string, error) {
		b, err := encodeText(s, encoding)
		return base64.StdEncoding.EncodeToString(b), err
	})
	textDecodeBase64Func = codecFunc("encoding", func(s, encoding string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", function.NewArgErrorf(0, "the text is not valid base64")
		}
		return decodeText(b, encoding)
	})
)

// codecFunc makes a function of a text and the name of its encoding.
func codecFunc(name string, f func(s, encoding string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "str", Type: cty.String}, {Name: name, Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}

var errEncoding = function.NewArgErrorf(1, "the encoding must be UTF-8, UTF-16LE, UTF-16BE, ISO-8859-1 or US-ASCII")

// byteOrder is that of a UTF-16 encoding, nil for others.
func byteOrder(encoding string) binary.AppendByteOrder {
	switch strings.ToUpper(encoding) {
	case "UTF-16LE":
		return binary.LittleEndian
	case "UTF-16BE":
		return binary.BigEndian
	default:
		return nil
	}
}

// highest is the last character of an encoding of single bytes, 0 for others.
func highest(encoding string) rune {
	switch strings.ToUpper(encoding) {
	case "ISO-8859-1":
		return 0xff
	case "US-ASCII":
		return 0x7f
	default:
		return 0
	}
}

func encodeText(s, encoding string) ([]byte, error) {
	var b []byte
	switch order, last := byteOrder(encoding), highest(encoding); {
	case strings.EqualFold(encoding, "UTF-8"):
		return []byte(s), nil
	case order != nil:
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		return b, nil
	case last > 0:
		for _, r := range s {
			if r > last {
				return nil, function.NewArgErrorf(0, "the character %q is not in %s", r, encoding)
			}
			b = append(b, byte(r))
		}
		return b, nil
	}
	return nil, errEncoding
}

func decodeText(b []byte, encoding string) (string, error) {
	bad := function.NewArgErrorf(0, "the decoded bytes are not %s text", encoding)
	switch order, last := byteOrder(encoding), highest(encoding); {
	case strings.EqualFold(encoding, "UTF-8"):
		if !utf8.Valid(b) {
			return "", bad
		}
		return string(b), nil
	case order != nil:
		units := make([]uint16, len(b)/2)
		if _, err := binary.Decode(b, order.(binary.ByteOrder), units); err != nil || len(b)%2 != 0 {
			return "", bad
		}
		return string(utf16.Decode(units)), nil
	case last > 0:
		if bytes.ContainsFunc(b, func(r rune) bool { return last == 0x7f && r > last }) {
			return "", bad
		}
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return string(runes), nil
	}
	return "", errEncoding
}
