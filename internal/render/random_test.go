package render_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/twinset/twinset/internal/render"
	"github.com/twinset/twinset/plan"
	"github.com/twinset/twinset/schema"
)

// nasty draws text that wants to drive a terminal or break out of a format.
func nasty() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"\x1b[31m", "\u009b2J", "\r", "a\nb\n", "a\nb", "\u202e", "```", "</code>", "<script>", `"`, "\\", "\x00", "\x7f", strings.Repeat("wide ", 80)}),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"\x1b", "\u0085", "a", " ", "\n", "é", "\U000e0001"}), 0, 60), func(parts []string) string { return strings.Join(parts, "") }),
	)
}

func value() *rapid.Generator[any] {
	scalar := rapid.OneOf(
		rapid.Map(nasty(), func(s string) any { return s }),
		rapid.Map(rapid.Int(), func(i int) any { return json.Number(jsonInt(i)) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	)
	return rapid.OneOf(
		scalar,
		rapid.Map(rapid.SliceOfN(scalar, 0, 8), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(nasty(), scalar, 0, 5), func(m map[string]any) any { return m }),
	)
}

func jsonInt(i int) string {
	b, _ := json.Marshal(i)
	return string(b)
}

func document() *rapid.Generator[schema.Doc] {
	return rapid.Custom(func(t *rapid.T) schema.Doc {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		d, err := schema.Canonical(value().Draw(t, "value"))
		if err != nil {
			return schema.Doc(`"out of range"`)
		}
		return d
	})
}

func leaves() *rapid.Generator[[]plan.Leaf] {
	leaf := rapid.Custom(func(t *rapid.T) plan.Leaf {
		l := plan.Leaf{Path: schema.Path{"desired", nasty().Draw(t, "key")}}
		if rapid.IntRange(0, 9).Draw(t, "secret") == 0 {
			l.Secret = schema.SecretRef("env://" + nasty().Draw(t, "ref"))
			return l
		}
		l.Before, l.After = document().Draw(t, "before"), document().Draw(t, "after")
		return l
	})
	return rapid.SliceOfN(leaf, 0, 4)
}

func changes() *rapid.Generator[[]plan.Change] {
	change := rapid.Custom(func(t *rapid.T) plan.Change {
		c := plan.Change{
			Action: rapid.SampledFrom([]plan.Action{plan.Create, plan.Update, plan.Delete}).Draw(t, "action"),
			Addr:   schema.DeviceAddress(nasty().Draw(t, "id")),
			Origin: schema.Origin{Name: nasty().Draw(t, "name"), File: nasty().Draw(t, "file")},
			Leaves: leaves().Draw(t, "leaves"),
		}
		if rapid.Bool().Draw(t, "module") {
			c.Addr = schema.ModuleAddress(c.Addr.ID, nasty().Draw(t, "sub"))
		}
		if c.Action == plan.Update {
			c.Drift = leaves().Draw(t, "drift")
		}
		if rapid.Bool().Draw(t, "notice") {
			c.Notices = []plan.Notice{{Refusal: rapid.Bool().Draw(t, "refusal"), Text: nasty().Draw(t, "text")}}
		}
		return c
	})
	return rapid.SliceOfN(change, 0, 5)
}

// Whatever stands in a plan: no output holds a control character but the
// newline, or one that turns the direction of writing.
func TestNothingDrivesTheTerminal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		open := planOf(t, changes().Draw(t, "changes"), []string{nasty().Draw(t, "reason")})
		var out bytes.Buffer
		for name, show := range outputs(open, &out) {
			out.Reset()
			if err := show(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, r := range out.String() {
				if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
					t.Fatalf("%s holds %U:\n%q", name, r, out.String())
				}
			}
		}
	})
}

// Colour adds nothing but its own escapes, and each ends on its line.
func TestColorOnlyPaints(t *testing.T) {
	t.Parallel()
	painted := regexp.MustCompile("\x1b\\[[0-9]+m([^\x1b\n]*)\x1b\\[0m")
	rapid.Check(t, func(t *rapid.T) {
		open := planOf(t, changes().Draw(t, "changes"), nil)
		o := render.PlanOptions{DriftOnly: rapid.Bool().Draw(t, "drift")}
		var plain, color bytes.Buffer
		for out, st := range map[*bytes.Buffer]render.Style{&plain: render.NewStyle(false), &color: render.NewStyle(true)} {
			if _, err := render.PlanText(out, open, st, o); err != nil {
				t.Fatal(err)
			}
		}
		if got := painted.ReplaceAllString(color.String(), "$1"); got != plain.String() {
			t.Fatalf("got %q\nwant %q", got, plain.String())
		}
	})
}

// Machines can read what is for machines, and find every leaf again.
func TestJSONIsComplete(t *testing.T) {
	t.Parallel()
	type leafy struct{ Leaves []plan.Leaf }
	rapid.Check(t, func(t *rapid.T) {
		list := changes().Draw(t, "changes")
		open := planOf(t, list, nil)
		var out bytes.Buffer
		if err := render.ShowJSON(&out, open, "0"); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Changes []leafy `json:"resource_changes"`
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		if len(got.Changes) != len(list) {
			t.Fatalf("got %d changes, want %d", len(got.Changes), len(list))
		}
		for i, c := range list {
			got, _ := json.Marshal(got.Changes[i].Leaves)
			want, _ := json.Marshal(c.Leaves)
			if !bytes.Equal(got, want) && len(c.Leaves) > 0 {
				t.Fatalf("got leaves %s, want %s", got, want)
			}
		}
	})
}

// A Markdown page never grows beyond its limit, and says what it left out.
func TestMarkdownLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := changes().Draw(t, "changes")
		for range 5 {
			list = append(list, list...)
		}
		limit := rapid.IntRange(1000, 40_000).Draw(t, "limit")
		open := planOf(t, list, nil)
		var capped, whole bytes.Buffer
		if err := render.ShowMarkdown(&capped, open, limit); err != nil {
			t.Fatal(err)
		}
		if err := render.ShowMarkdown(&whole, open, 1<<30); err != nil {
			t.Fatal(err)
		}
		if capped.Len() > limit {
			t.Fatalf("got %d bytes, want at most %d", capped.Len(), limit)
		}
		cut := capped.Len() < whole.Len()
		if said := strings.Contains(capped.String(), "not listed here"); said != cut && whole.Len() > limit {
			t.Fatalf("got the remark %v, want %v", said, cut)
		}
	})
}
