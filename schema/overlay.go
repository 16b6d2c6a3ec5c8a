package schema

// Overlay is what a project writes to the twins of devices that it does not
// declare: to those that meet a condition. Values are those of [Device].
type Overlay struct {
	Name    string
	Tags    map[string]any
	Desired map[string]any
}

// Validate finds everything that the hub would refuse. The condition is not read
// here.
func (v *Overlay) Validate() []Problem {
	var list problems
	if len(v.Tags)+len(v.Desired) == 0 {
		list.add(nil, "Empty overlay", "The overlay writes nothing. Give it tags or desired properties.")
	}
	return append(list, validateTwin(nil, v.Tags, v.Desired, Lifecycle{})...)
}

// Doc is what the overlay writes, as a document.
func (v *Overlay) Doc() (Doc, error) {
	m := map[string]any{}
	if len(v.Tags) > 0 {
		m["tags"] = v.Tags
	}
	if len(v.Desired) > 0 {
		m["desired"] = v.Desired
	}
	return Canonical(m)
}
