package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnifiedDiff(t *testing.T) {
	t.Parallel()
	numbered := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			b.WriteString("line " + string(rune('a'+i)) + "\n")
		}
		return b.String()
	}
	for _, tt := range []struct {
		name, before, after, want string
		style                     Style
	}{
		{"same", "a\n", "a\n", "", Style{}},
		{"one line", "a\nb\n", "a\nc\n", "--- old/f\n+++ new/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", Style{}},
		{
			"far apart", numbered(0, 19), "X\n" + numbered(0, 18) + "Y\n",
			"--- old/f\n+++ new/f\n@@ -1,3 +1,4 @@\n+X\n line a\n line b\n line c\n@@ -17,4 +18,4 @@\n line q\n line r\n line s\n-line t\n+Y\n",
			Style{},
		},
		{"end", "a", "a\n", "--- old/f\n+++ new/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", Style{}},
		{"control", "\x1b[31m\ta\r\n", "b\n", "--- old/f\n+++ new/f\n@@ -1 +1 @@\n-\\x1b[31m\ta\r\n+b\n", Style{}},
		{"color", "a\n", "b\n", "\x1b[1m--- old/f\x1b[0m\n\x1b[1m+++ new/f\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n", NewStyle(true)},
	} {
		var got strings.Builder
		if err := UnifiedDiff(&got, tt.style, "f", tt.before, tt.after); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}
