package config

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/twinset/twinset/internal/config/bounded"
)

func encodingFunctions() map[string]function.Function {
	return map[string]function.Function{
		"base64decode":     stringFunc(decodeBase64),
		"base64encode":     stringFunc(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"contentdecode":    guarded(contentDecodeFunc, jsonText),
		"csvdecode":        guarded(csvDecodeFunc, csvSize),
		"jsondecode":       guarded(stdlib.JSONDecodeFunc, jsonText),
		"jsonencode":       stdlib.JSONEncodeFunc,
		"textdecodebase64": textDecodeBase64Func,
		"textencodebase64": textEncodeBase64Func,
		"urldecode":        stringFunc(decodeURL),
		"urlencode":        stringFunc(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"yamldecode":       yamlDecodeFunc,
		"yamlencode":       yamlEncodeFunc,
	}
}

// hash makes a digest as text.
type hash func([]byte) string

// hashes are the digests, by the name of their function.
var hashes = map[string]hash{
	"base64sha256": func(b []byte) string { h := sha256.Sum256(b); return base64.StdEncoding.EncodeToString(h[:]) },
	"base64sha512": func(b []byte) string { h := sha512.Sum512(b); return base64.StdEncoding.EncodeToString(h[:]) },
	"md5":          func(b []byte) string { h := md5.Sum(b); return hex.EncodeToString(h[:]) },
	"sha1":         func(b []byte) string { h := sha1.Sum(b); return hex.EncodeToString(h[:]) },
	"sha256":       func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) },
	"sha512":       func(b []byte) string { h := sha512.Sum512(b); return hex.EncodeToString(h[:]) },
}

func hashFunctions() map[string]function.Function {
	table := map[string]function.Function{
		"thumbprint": thumbprintFunc,
		"uuidv5":     uuidV5Func,
	}
	for name, h := range hashes {
		table[name] = stringFunc(func(s string) (string, error) { return h([]byte(s)), nil })
	}
	return table
}

func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	switch {
	case err != nil:
		return "", errors.New("the text is not valid base64")
	case !utf8.Valid(b):
		return "", errors.New("the decoded bytes are not UTF-8 text")
	}
	return string(b), nil
}

func decodeURL(s string) (string, error) {
	out, err := url.QueryUnescape(s)
	switch {
	case err != nil:
		return "", errors.New("the text is not URL-encoded")
	case !utf8.ValidString(out):
		return "", errors.New("the decoded bytes are not UTF-8 text")
	}
	return out, nil
}

// jsonText refuses JSON that a decoder would recurse into without an end.
func jsonText(args []cty.Value) error {
	text, ok := knownText(args[0])
	if !ok {
		return nil
	}
	if err := bounded.CheckJSON(text); err != nil {
		return function.NewArgError(0, err)
	}
	return nil
}

// csvSize refuses tables that are too large for one value.
func csvSize(args []cty.Value) error {
	text, ok := knownText(args[0])
	if !ok {
		return nil
	}
	fields := 0
	for i := range len(text) {
		if text[i] == ',' || text[i] == '\n' {
			fields++
		}
	}
	if fields > maxMadeValues {
		return function.NewArgError(0, fmt.Errorf("the table has more than %d fields; read it row by row with csvmap in for_each", maxMadeValues))
	}
	return nil
}
