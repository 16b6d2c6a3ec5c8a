package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Involved is a value that an expression refers to, in words.
type Involved struct {
	Name string // the reference as it is written: each.value.site
	Text string // the value: "a"
}

// String is a line for a message.
func (v Involved) String() string { return v.Name + " is " + v.Text }

const (
	maxInvolved = 5  // values in one diagnostic
	maxLine     = 80 // characters of a value in a diagnostic
	maxNames    = 6  // of an object that is not shown whole
)

// References lists the values that an expression refers to, in the order of the
// source and each one once. Of a reference that leads nowhere it is the part
// that leads somewhere: each.value for each.value.sit.
func References(e hcl.Expression, ctx *hcl.EvalContext, show func(cty.Value) string) []Involved {
	refs := e.Variables()
	slices.SortStableFunc(refs, func(a, b hcl.Traversal) int {
		return cmp.Compare(a.SourceRange().Start.Byte, b.SourceRange().Start.Byte)
	})
	var list []Involved
	for _, ref := range refs {
		ref, v, ok := follow(ref, ctx)
		if !ok {
			continue
		}
		item := Involved{Name: string(hclwrite.TokensForTraversal(ref).Bytes()), Text: show(v)}
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// follow evaluates a reference as far as it leads. ok is false when that is
// nowhere, or only to a name space such as var.
func follow(ref hcl.Traversal, ctx *hcl.EvalContext) (hcl.Traversal, cty.Value, bool) {
	for n := len(ref); n > 0; n-- {
		v, diags := ref[:n].TraverseAbs(ctx)
		if diags.HasErrors() {
			continue
		}
		space := n == 1 && len(ref) > 1 && slices.Contains(nameSpaces(), ref.RootName())
		return ref[:n], v, !space && (v.IsMarked() || v.IsKnown())
	}
	return nil, cty.NilVal, false
}

// nameSpaces are the first words of references that are no values themselves.
func nameSpaces() []string {
	return []string{"var", "local", "each", "objects", "plan", "hub", "output"}
}

// involvedIn lists the values behind a diagnostic, for the people who read it.
func involvedIn(d *hcl.Diagnostic) []Involved {
	if d.Expression == nil || d.EvalContext == nil {
		return nil
	}
	ctx := d.EvalContext
	if holdsMarks(ctx) {
		ctx = withoutLoops(ctx)
	}
	return References(d.Expression, ctx, line)
}

// maxVisit is how much of a value is looked at for a message.
const maxVisit = 10_000

// visit goes through a value and what it consists of, at most so many values, as
// long as the visitor returns true. It tells whether it came to the end.
func visit(v cty.Value, limit int, visitor func(cty.Value) bool) bool {
	left := limit
	var walk func(v cty.Value) bool
	walk = func(v cty.Value) bool {
		if left--; left < 0 || !visitor(v) {
			return false
		}
		v, _ = v.Unmark()
		if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
			return true
		}
		for it := v.ElementIterator(); it.Next(); {
			if _, e := it.Element(); !walk(e) {
				return false
			}
		}
		return true
	}
	return walk(v)
}

// holdsMarks tells whether a variable or local in scope is sensitive or a
// secret, as a whole or in part. Of very large ones it is assumed.
func holdsMarks(ctx *hcl.EvalContext) bool {
	for ; ctx != nil; ctx = ctx.Parent() {
		for _, root := range []string{"var", "local"} {
			if v, ok := ctx.Variables[root]; ok && (!visit(v, maxVisit, func(e cty.Value) bool { return !e.IsMarked() })) {
				return true
			}
		}
	}
	return false
}

// withoutLoops is the scope without the names that for expressions bind. HCL
// takes the mark off a collection before it goes through its members, so that
// one of them may be sensitive without saying so.
func withoutLoops(ctx *hcl.EvalContext) *hcl.EvalContext {
	names := map[string]cty.Value{}
	for ; ctx != nil; ctx = ctx.Parent() {
		for _, root := range []string{"var", "local", "each", "object"} {
			if v, ok := ctx.Variables[root]; ok {
				names[root] = v // the outermost: a loop may use the name again
			}
		}
	}
	return &hcl.EvalContext{Variables: names}
}

// line shows a value in the rest of a line.
func line(v cty.Value) string {
	text := Brief(v, maxLine)
	if strings.Contains(text, "\n") {
		return summary(v, text, maxLine)
	}
	return text
}

// Brief shows a value as HCL, or what is in it when that takes more than so many
// bytes. Secret and sensitive values are not shown.
func Brief(v cty.Value, limit int) string {
	if !v.IsMarked() && !visit(v, max(limit, maxVisit), func(cty.Value) bool { return true }) {
		return summary(v, "", limit)
	}
	text := show(shortened(v, limit))
	if len(text) <= limit {
		return text
	}
	return summary(v, text, limit)
}

// shortened is the beginning of a string that is far too long to show, and any
// other value.
func shortened(v cty.Value, limit int) cty.Value {
	if v.IsMarked() || v.Type() != cty.String || !v.IsKnown() || v.IsNull() || len(v.AsString()) <= 4*limit {
		return v
	}
	return cty.StringVal(strings.ToValidUTF8(v.AsString()[:4*limit], ""))
}

// summary tells what is in a value that is too large to show.
func summary(v cty.Value, text string, limit int) string {
	switch t := v.Type(); {
	case t.IsObjectType() || t.IsMapType():
		return MembersText(Members(v))
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return fmt.Sprintf("a list of %d members", v.LengthInt())
	default:
		return strings.ToValidUTF8(text[:min(limit, len(text))], "") + "..."
	}
}

// MembersText describes an object by the names of its members.
func MembersText(names []string) string {
	switch len(names) {
	case 0:
		return "an object without members"
	case 1:
		return "an object with 1 member: " + names[0]
	}
	more := ""
	if len(names) > maxNames {
		more = ", ..."
	}
	return fmt.Sprintf("an object with %d members: %s%s", len(names), strings.Join(names[:min(maxNames, len(names))], ", "), more)
}

// Members lists the names in an object or map, sorted.
func Members(v cty.Value) []string {
	v, _ = v.Unmark()
	if t := v.Type(); t.IsObjectType() {
		return sortedNames(t.AttributeTypes())
	}
	names := map[string]bool{}
	for it := v.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		names[k.AsString()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// shownValues go with a diagnostic as its Extra.
type shownValues struct {
	list  []Involved
	more  int
	inner any
}

// UnwrapDiagnosticExtra gives way to what HCL has put there.
func (v shownValues) UnwrapDiagnosticExtra() any { return v.inner }

func newShownValues(list []Involved, inner any) shownValues {
	n := min(len(list), maxInvolved)
	return shownValues{list: list[:n], more: len(list) - n, inner: inner}
}

func valuesOf(d *hcl.Diagnostic) shownValues {
	v, _ := hcl.DiagnosticExtra[shownValues](d)
	return v
}

// blot takes texts out of the values.
func (v shownValues) blot(texts []string) shownValues {
	v.list = slices.Clone(v.list)
	for i := range v.list {
		v.list[i].Text = blot(v.list[i].Text, texts)
	}
	return v
}

// lines are the values as people read them.
func (v shownValues) lines() []string {
	var list []string
	for _, item := range v.list {
		list = append(list, item.String())
	}
	if v.more > 0 {
		list = append(list, fmt.Sprintf("and %d more values", v.more))
	}
	return list
}
