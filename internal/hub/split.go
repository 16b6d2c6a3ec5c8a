package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// splitArray cuts a JSON array into its elements without copying or decoding
// them. It checks what it needs for finding their ends; whoever decodes an element
// checks the rest.
func splitArray(data []byte) ([]json.RawMessage, error) {
	at := skipSpace(data, 0)
	if at == len(data) || data[at] != '[' {
		return nil, errors.New("it is not a JSON array")
	}
	items := []json.RawMessage{}
	at = skipSpace(data, at+1)
	if at < len(data) && data[at] == ']' {
		return items, afterText(data, at+1)
	}
	for {
		end, err := skipValue(data, at)
		if err != nil {
			return nil, err
		}
		items = append(items, json.RawMessage(data[at:end:end]))
		at = skipSpace(data, end)
		if at == len(data) {
			return nil, errCutShort
		}
		switch data[at] {
		case ',':
			at = skipSpace(data, at+1)
		case ']':
			return items, afterText(data, at+1)
		default:
			return nil, fmt.Errorf("unexpected character at byte %d of the JSON text", at)
		}
	}
}

var errCutShort = errors.New("the JSON text is cut short")

// eachMember hands out the members of a JSON object, names with their quotes, without
// decoding them. It checks what it needs for finding their ends.
func eachMember(data []byte, f func(name, value []byte) error) error {
	at := skipSpace(data, 0)
	if at == len(data) || data[at] != '{' {
		return errors.New("it is not a JSON object")
	}
	at = skipSpace(data, at+1)
	if at < len(data) && data[at] == '}' {
		return afterText(data, at+1)
	}
	for {
		if at == len(data) || data[at] != '"' {
			return fmt.Errorf("unexpected character at byte %d of the JSON text", at)
		}
		end, err := skipString(data, at)
		if err != nil {
			return err
		}
		name := data[at:end]
		if at = skipSpace(data, end); at == len(data) || data[at] != ':' {
			return fmt.Errorf("unexpected character at byte %d of the JSON text", at)
		}
		at = skipSpace(data, at+1)
		if end, err = skipValue(data, at); err != nil {
			return err
		}
		if err := f(name, data[at:end]); err != nil {
			return err
		}
		if at = skipSpace(data, end); at == len(data) {
			return errCutShort
		}
		switch data[at] {
		case ',':
			at = skipSpace(data, at+1)
		case '}':
			return afterText(data, at+1)
		default:
			return fmt.Errorf("unexpected character at byte %d of the JSON text", at)
		}
	}
}

func afterText(data []byte, at int) error {
	if at = skipSpace(data, at); at != len(data) {
		return fmt.Errorf("unexpected character at byte %d, after the JSON text", at)
	}
	return nil
}

func skipSpace(data []byte, at int) int {
	for at < len(data) && (data[at] == ' ' || data[at] == '\n' || data[at] == '\t' || data[at] == '\r') {
		at++
	}
	return at
}

// skipValue returns the end of the value that starts at a position.
func skipValue(data []byte, at int) (int, error) {
	if at == len(data) {
		return 0, errCutShort
	}
	switch data[at] {
	case '{', '[':
		return skipNested(data, at)
	case '"':
		return skipString(data, at)
	}
	end := at
	for end < len(data) && strings.IndexByte(" \n\t\r,]}:[{\"", data[end]) < 0 {
		end++
	}
	if !json.Valid(data[at:end]) {
		return 0, fmt.Errorf("unexpected character at byte %d of the JSON text", at)
	}
	return end, nil
}

// skipNested counts brackets, of both kinds alike.
func skipNested(data []byte, at int) (int, error) {
	for depth := 0; at < len(data); at++ {
		switch data[at] {
		case '"':
			end, err := skipString(data, at)
			if err != nil {
				return 0, err
			}
			at = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1, nil
			}
		}
	}
	return 0, errCutShort
}

// skipString looks for the closing quote: one after an even number of
// backslashes.
func skipString(data []byte, at int) (int, error) {
	for from := at + 1; ; {
		i := bytes.IndexByte(data[from:], '"')
		if i < 0 {
			return 0, errCutShort
		}
		end := from + i
		slashes := 0
		for data[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1, nil
		}
		from = end + 1
	}
}
