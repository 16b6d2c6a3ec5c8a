package schema

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// extra is what few objects have; it travels as JSON behind the document.
type extra struct {
	Secrets   []Secret   `json:"secrets,omitempty"`
	Passwords []Secret   `json:"passwords,omitempty"`
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`
	Initial   Doc        `json:"initial,omitempty"`
	Writers   []Writer   `json:"writers,omitempty"`
	Reported  Doc        `json:"reported,omitempty"`
	Foreign   []string   `json:"foreign,omitempty"`
	Revisions []Revision `json:"revisions,omitempty"`
}

// AppendRecord appends an object in the form in which a sort keeps it. It is not
// a file format: the same program reads it back within one run.
func (o *Object) AppendRecord(b []byte) ([]byte, error) {
	b = append(b, byte(o.Addr.Kind))
	for _, s := range []string{o.Addr.ID, o.Addr.Sub, o.ETags.Identity, o.ETags.Twin, o.Scope, o.Attached, o.Origin.File, o.Origin.Name} {
		b = appendField(b, s)
	}
	b = binary.AppendUvarint(b, uint64(o.Origin.Line))
	b = binary.AppendUvarint(b, uint64(o.Origin.Column))
	b = appendField(b, o.Doc)
	if o.Secrets == nil && o.Passwords == nil && o.Lifecycle == nil && o.Initial == nil && o.Writers == nil && o.Foreign == nil && o.Reported == nil && o.Revisions == nil {
		return appendField(b, ""), nil
	}
	text, err := json.Marshal(extra{Secrets: o.Secrets, Passwords: o.Passwords, Lifecycle: o.Lifecycle, Initial: o.Initial, Writers: o.Writers, Foreign: o.Foreign, Reported: o.Reported, Revisions: o.Revisions})
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", o.Addr, err)
	}
	return appendField(b, text), nil
}

func appendField[T string | []byte | Doc](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// DecodeRecord reads what AppendRecord wrote. The object shares no memory with
// the record.
func DecodeRecord(b []byte) (Object, error) {
	if len(b) == 0 {
		return Object{}, errors.New("record is empty")
	}
	var o Object
	o.Addr.Kind = Kind(b[0])
	r := recordReader{b: b[1:]}
	for _, s := range []*string{&o.Addr.ID, &o.Addr.Sub, &o.ETags.Identity, &o.ETags.Twin, &o.Scope, &o.Attached, &o.Origin.File, &o.Origin.Name} {
		*s = string(r.field())
	}
	o.Origin.Line, o.Origin.Column = int(r.number()), int(r.number())
	o.Doc = append(Doc(nil), r.field()...)
	text := r.field()
	if r.bad {
		return Object{}, errors.New("record is damaged")
	}
	if len(text) == 0 {
		return o, nil
	}
	var e extra
	if err := json.Unmarshal(text, &e); err != nil {
		return Object{}, fmt.Errorf("record %s: %w", o.Addr, err)
	}
	o.Secrets, o.Passwords, o.Lifecycle, o.Initial, o.Writers, o.Foreign, o.Reported, o.Revisions = e.Secrets, e.Passwords, e.Lifecycle, e.Initial, e.Writers, e.Foreign, e.Reported, e.Revisions
	return o, nil
}

type recordReader struct {
	b   []byte
	bad bool
}

func (r *recordReader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *recordReader) field() []byte {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	f := r.b[:n]
	r.b = r.b[n:]
	return f
}
