package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// members are those that a walk finds, as name=value.
func members(walk func([]byte, func(name, value []byte) error, ...string) error, text string, inside ...string) (found []string, err error) {
	err = walk([]byte(text), func(name, value []byte) error {
		found = append(found, string(name)+"="+string(value))
		return nil
	}, inside...)
	return found, err
}

// Members of an object that is looked into come in its place; what is no object
// there comes as it is.
func TestEachMemberInside(t *testing.T) {
	t.Parallel()
	text := `{"a":1, "in":{"a":{"in":2},"\u0062":[], "c":{}}, "in":null, "z":{"in":3}}`
	got, err := members(EachMember, text, "in")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a=1", `in.a={"in":2}`, "in.b=[]", "in.c={}", "in=null", `z={"in":3}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, broken := range []string{`{"in":{"a"}}`, `{"in":{"a":1}`, `{"in":{"a":tru}}`, `{"a":{"b":1,}}`, `{"a":{"b" 1}}`, `{"a":{,}}`} {
		if _, err := members(EachMember, broken, "in"); err == nil {
			t.Errorf("%s is accepted", broken)
		}
	}
}

func TestEachMember(t *testing.T) {
	t.Parallel()
	got, err := members(EachMember, ` { "a" : [1, {"x":"}"}] , "\u0062":null,"c":{}}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := `a=[1, {"x":"}"}] b=null c={}`; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	stop := errors.New("stop")
	if err := EachMember([]byte(`{"a":1,"b"`), func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of the callback", err)
	}
	for _, text := range []string{"", "[]", `"a"`, `{"a":1`, `{"a":1}}`, `{"a" 1}`} {
		if _, err := members(EachMember, text); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}

// FuzzEachMemberUnchecked finds what EachMember finds, in all that it accepts.
func FuzzEachMemberUnchecked(f *testing.F) {
	for _, text := range []string{`{"a":{"b":"}"},"in":{"c":["]",{}],"\u0064":1}}`, `{"a":"\\\"","in":null}`, ` {"a" : [ ] } `, `{"a":{]}`, `{"a":{"b"`, `{"a":[1}`, `{"in":{"a":tru}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := members(EachMember, text, "in")
		got, uncheckedErr := members(EachMemberUnchecked, text, "in")
		if err != nil {
			return // what is found in text that is wrong is for others to check
		}
		if diff := cmp.Diff(want, got); uncheckedErr != nil || diff != "" {
			t.Errorf("%v (-checked +unchecked):\n%s", uncheckedErr, diff)
		}
	})
}

// What is used is checked even so: text around objects and arrays, and where they end.
func TestEachMemberUncheckedRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"a":1`, `{"a":1}}`, `{"a" 1}`, `{"a":tru}`, `{"a":{`, `{"a":{"b"`, `{"a":["`, `{"a":{}`, `{"in":{"a"}}`} {
		if _, err := members(EachMemberUnchecked, text, "in"); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}
