package condition_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/twinset/twinset/schema/condition"
)

const twin = `{"deviceId":"a","tags":{"site":"x","n":1,"f":1.5,"on":true,"none":null,"o":{"p":"q"},"l":["x",1],"Case":"y","a b":"z","select":1}}`

// lookup finds values in a document; reported properties are open.
func lookup(doc string) condition.Twin {
	return func(path []string) condition.Value {
		if path[0] == "properties" {
			return condition.Open()
		}
		text := json.RawMessage(doc)
		for _, name := range path {
			var m map[string]json.RawMessage
			if json.Unmarshal(text, &m) != nil {
				return condition.Value{}
			}
			text = m[name]
		}
		return condition.JSON(text)
	}
}

func TestMeets(t *testing.T) {
	t.Parallel()
	const yes, no, maybe = condition.Yes, condition.No, condition.Maybe
	for text, want := range map[string]condition.Verdict{
		"*":                       yes,
		"tags.site = 'x'":         yes,
		`tags.site = "\u0078"`:    yes,
		"tags.site != 'x'":        no,
		"tags.site <> 'y'":        yes,
		"Tags.Case = 'y'":         yes,
		"tags.case = 'y'":         no,
		"tags.[[a b]] = 'z'":      yes,
		"tags.select = 1":         yes,
		"devices.tags.n >= 1.0":   yes,
		"tags.n = 0x1":            yes,
		"tags.n = '1'":            no,
		"tags.n != '1'":           no,
		"NOT tags.n = '1'":        no, // neither true nor false
		"tags.missing = null":     no,
		"NOT (tags.missing = 1)":  no,
		"tags.none = null":        yes,
		"tags.none <= null":       no,
		"tags.on":                 yes,
		"NOT tags.on":             no,
		"tags.o.p = 'q'":          yes,
		"tags.o = tags.o":         no,
		"tags.n -1 = 0":           yes,
		"1 + 2 * 3 = 7":           yes,
		"10 - 3 - 2 = 5":          yes,
		"tags.n / 0 = 1":          no,
		"-7 % 4 = -3":             yes,
		"tags.site IN ['y','x']":  yes,
		"tags.site NIN ['y','x']": no,
		"tags.n nin ['1']":        no,
		"IS_DEFINED(tags.none)":   yes,
		"is_defined(tags.no)":     no,
		"STARTSWITH(deviceId,'')": yes,
		"STARTSWITH(tags.n,'1')":  no,
		"ARRAY_CONTAINS(tags.l, 1) AND NOT array_contains(tags.l, 2)": yes,
		"tags.on OR tags.on AND NOT tags.on":                          yes,
		"(tags.n = 1) = true":                                         yes,

		// What is not known decides only where nothing else does.
		"properties.reported.x = 1":                        maybe,
		"NOT properties.Reported.x = 1":                    maybe,
		"tags.site = 'x' AND properties.reported.x = 1":    maybe,
		"tags.site = 'y' AND properties.reported.x = 1":    no,
		"tags.site = 'x' OR properties.reported.x = 1":     yes,
		"tags.site = 'y' OR properties.reported.x = 1":     maybe,
		"tags.missing = 1 AND properties.reported.x = 1":   no,
		"tags.missing = 1 OR properties.reported.x = 1":    maybe,
		"IS_DEFINED(properties.reported.x)":                maybe,
		"STARTSWITH(properties.reported.x, 'a')":           maybe,
		"ARRAY_CONTAINS(properties.reported.x, 'a')":       maybe,
		"properties.reported.x IN ['a']":                   maybe,
		"properties.reported.x + 1 = 2":                    maybe,
		"(properties.reported.x = 1) = true":               maybe,
		"properties.reported.x":                            maybe,
		"tags.on OR properties.reported.x AND NOT tags.on": yes,
	} {
		c, err := condition.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.Meets(lookup(twin)); got != want || c.Modules {
			t.Errorf("%s: got %v, of modules %v, want %v", text, got, c.Modules, want)
		}
	}
	if c, err := condition.Parse("from devices.modules where moduleId = 'm' and devices.modules.tags.n = 1"); err != nil || !c.Modules {
		t.Errorf("modules: got %+v, %v", c, err)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "a value is missing at character 1",
		"tags.a = ":                       "a value is missing at character 10",
		"tags.a = 'x":                     "the string has no end at character 10",
		`tags.a = '\q'`:                   "escape",
		"tags.a = 1 tags.b":               `should end before "tags"`,
		"tags.a = 1 = 2":                  "do not chain",
		"(tags.a = 1":                     `")" is missing at character 12`,
		"tags.a ; 1":                      "unexpected ;",
		"tags.":                           "a name is missing",
		"tags.[[a":                        "has no end",
		"properties.desired.x = 1":        "not properties.desired.x",
		"status = 'enabled'":              "not status at character 1",
		"CONTAINS(tags.a, 'x')":           `no function "contains"`,
		"tags.a IN 'x'":                   `"[" is missing`,
		"tags.a IN [tags.b]":              "a list holds constants",
		"STARTSWITH(tags.a, 1)":           "is a constant",
		"tags.a = 1x":                     `"1x" is not a number`,
		"* AND true":                      `should end before "AND"`,
		"FROM devices WHERE a = 1":        "FROM devices.modules WHERE",
		"FROM devices.modules":            "FROM devices.modules WHERE",
		"FROM devices.modules WHERE *":    "a value is missing",
		"SELECT * FROM devices":           "not SELECT",
		strings.Repeat("(", 9000) + "1":   `is missing`,
		strings.Repeat("NOT ", 5000) + "": "a value is missing",
	} {
		if c, err := condition.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %+v, %v, want an error with %q", text, c, err, want)
		}
	}
}

// Whatever the text is, reading it ends, with a condition or a place.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"*", "tags.a = 'x' AND NOT tags.b IN [1, -2]", "FROM devices.modules WHERE moduleId = \"m\"", "IS_DEFINED(tags.[[a b]]) or 0x1 + 2e3 > tags.n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := condition.Parse(text)
		if err != nil {
			if !strings.Contains(err.Error(), " at character ") {
				t.Errorf("%q: %v has no place", text, err)
			}
			return
		}
		if v := c.Meets(lookup(twin)); v > condition.Yes {
			t.Errorf("%q: got %v", text, v)
		}
	})
}
