package hub

import (
	"bytes"
	"encoding/json"
)

// bulkBody is the JSON of the entries of a call. It is written here member by member:
// a create sends the whole of each device, and encoding/json would check and copy
// the parts that are JSON already, twice.
func bulkBody(entries []BulkEntry) ([]byte, error) {
	size := 2
	for i := range entries {
		size += 256 + len(entries[i].Tags)
		if p := entries[i].Properties; p != nil {
			size += len(p.Desired)
		}
	}
	w := memberWriter{b: append(make([]byte, 0, size), '[')}
	for i := range entries {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.entry(&entries[i])
	}
	return append(w.b, ']'), w.err
}

// AppendJSON appends the entry, on one line if its parts are.
func (e *BulkEntry) AppendJSON(b []byte) ([]byte, error) {
	w := memberWriter{b: b}
	w.entry(e)
	return w.b, w.err
}

// memberWriter writes members of objects. It keeps the first error.
type memberWriter struct {
	b   []byte
	err error
}

func (w *memberWriter) entry(e *BulkEntry) {
	w.b = append(w.b, '{')
	w.text("id", e.ID)
	w.text("moduleId", e.ModuleID)
	w.text("eTag", string(e.ETag))
	w.text("importMode", e.ImportMode)
	w.text("status", e.Status)
	w.text("statusReason", e.StatusReason)
	switch a := e.Authentication; {
	case a == nil:
	case *a == Authentication{Type: a.Type}:
		w.name("authentication")
		w.b = append(w.b, '{')
		w.text("type", a.Type)
		w.b = append(w.b, '}')
	default:
		w.value("authentication", a)
	}
	w.text("twinETag", string(e.TwinETag))
	w.raw("tags", e.Tags)
	if e.Properties != nil {
		w.name("properties")
		w.b = append(w.b, '{')
		w.raw("desired", e.Properties.Desired)
		w.b = append(w.b, '}')
	}
	if e.Capabilities != nil {
		w.value("capabilities", e.Capabilities)
	}
	w.text("deviceScope", e.DeviceScope)
	if len(e.ParentScopes) > 0 {
		w.value("parentScopes", e.ParentScopes)
	}
	w.b = append(w.b, '}')
}

func (w *memberWriter) name(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), `":`...)
}

// raw writes a member that is JSON, nothing for one that is not set.
func (w *memberWriter) raw(name string, value json.RawMessage) {
	if len(value) > 0 {
		w.name(name)
		w.b = append(w.b, value...)
	}
}

// text writes a string, nothing for an empty one.
func (w *memberWriter) text(name, value string) {
	if value == "" {
		return
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			w.value(name, value)
			return
		}
	}
	w.name(name)
	w.b = append(append(append(w.b, '"'), value...), '"')
}

func (w *memberWriter) value(name string, v any) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && w.err == nil {
		w.err = err
	}
	w.raw(name, bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}
