package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// side puts together what one side of a diff holds.
func side(list []edit, not byte) string {
	var b strings.Builder
	for _, e := range list {
		if e.op != not {
			b.WriteString(e.text)
		}
	}
	return b.String()
}

// Both sides can be put together again from a diff by lines or by words.
func FuzzTextDiff(f *testing.F) {
	f.Add("one\ntwo\nthree", "one\n2\nthree\n")
	f.Add("", "a")
	f.Add("a\xffb", "a\xfeb")
	f.Add("same", "same")
	f.Add("\u2028\x00 a", "a a\r\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		lines := diffTokens(splitLines(before), splitLines(after))
		for name, list := range map[string][]edit{"lines": lines, "words": diffWords(before, after)} {
			if got := side(list, '+'); got != before {
				t.Errorf("%s: got before %q, want %q", name, got, before)
			}
			if got := side(list, '-'); got != after {
				t.Errorf("%s: got after %q, want %q", name, got, after)
			}
		}
		checkHunks(t, lines)
	})
}

// checkHunks makes sure that hunks hold every changed line once, with the number
// of the line and no more than the context.
func checkHunks(t *testing.T, list []edit) {
	t.Helper()
	var want, got []string
	for _, e := range list {
		if e.op != ' ' {
			want = append(want, string(e.op)+e.text)
		}
	}
	before := strings.Split(side(list, '+'), "\n")
	for _, h := range hunks(list) {
		at := h.beforeAt
		for _, e := range h.edits {
			if e.op != '+' {
				if text := strings.TrimSuffix(e.text, "\n"); before[at-1] != text {
					t.Fatalf("line %d: got %q, want %q", at, text, before[at-1])
				}
				at++
			}
			if e.op != ' ' {
				got = append(got, string(e.op)+e.text)
			}
		}
		if at-h.beforeAt != h.beforeLines {
			t.Errorf("got %d lines in %s, want %d", h.beforeLines, h, at-h.beforeAt)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edits in hunks differ (-want +got):\n%s", diff)
	}
}

func TestDiffWordsJoinsCloseEdits(t *testing.T) {
	t.Parallel()
	got := diffWords("interval of 60 s at night", "interval of 75 m at night")
	want := []edit{{' ', "interval of "}, {'-', "60 s"}, {'+', "75 m"}, {' ', " at night"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(edit{})); diff != "" {
		t.Errorf("words differ (-want +got):\n%s", diff)
	}
}

func TestDiffTokensGivesUpOnHugeInput(t *testing.T) {
	t.Parallel()
	before := make([]string, maxTokens)
	list := diffTokens(before, []string{"x"})
	if got, want := len(list), maxTokens+1; got != want {
		t.Errorf("got %d edits, want %d", got, want)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain", "plant-a é 日本 🏭", "plant-a é 日本 🏭"},
		{"escape", "a\x1b[31mb", `a\x1b[31mb`},
		{"newline and tab", "a\nb\t", `a\nb\t`},
		{"C1", "\u009b31m", `\u009b31m`},
		{"direction", "a\u202eb", `a\u202eb`},
		{"no UTF-8", "a\xffb", `a\xffb`},
		{"replacement character", "\ufffd", "\ufffd"},
	} {
		if got := clean(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"fits", strings.Repeat("é", maxColumns), strings.Repeat("é", maxColumns)},
		{"too wide", strings.Repeat("é", maxColumns+3), strings.Repeat("é", maxColumns) + "… (3 more characters)"},
	} {
		if got := shorten(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
