package query

import (
	"errors"
	"testing"
)

// outcome is what a condition says about the twin: true, false or neither, which shows in the negation.
func outcome(t *testing.T, condition string, d Document) string {
	t.Helper()
	plain, err := ParseCondition(condition)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	negated, err := ParseCondition("NOT (" + condition + ")")
	if err != nil {
		t.Fatalf("NOT (%s): %v", condition, err)
	}
	switch {
	case plain.Selects(d) && negated.Selects(d):
		return "both"
	case plain.Selects(d):
		return "true"
	case negated.Selects(d):
		return "false"
	}
	return "neither"
}

func TestConditions(t *testing.T) {
	t.Parallel()
	d := document(t, twin)
	rows := []struct{ condition, want string }{
		// Comparisons (FACTS §5).
		{"tags.site = 'x'", "true"},
		{"tags.site != 'x'", "false"},
		{"tags.site <> 'y'", "true"},
		{"tags.site < 'y'", "true"},
		{"tags.site <= 'x'", "true"},
		{"tags.site > 'x'", "false"},
		{"tags.site >= 'x'", "true"},
		{"tags.site = 'X'", "false"},
		{"'x' = tags.site", "true"},
		{"'y' > tags.site", "true"},
		{"2 > tags.n", "true"},
		{"tags.n < 2", "true"},
		{"tags.n <= 1", "true"},
		{"tags.n > 1", "false"},
		{"tags.n >= 1.0", "true"},
		{"tags.n = 0x1", "true"},
		{"tags.n = 1e0", "true"},
		{"tags.n > -1", "true"},
		{"tags.f = 1.5", "true"},
		{"tags.big = 4503599627370495", "true"},
		{"tags.on = true", "true"},
		{"tags.off = TRUE", "false"},
		{"tags.on != tags.off", "true"},
		{"tags.none = null", "true"},
		{"tags.none != NULL", "false"},
		{"properties.desired.u = properties.reported.u", "true"},
		{"properties.desired.n > properties.reported.n", "true"},
		{"tags.n = properties.reported.n", "true"},
		// Timestamps are strings and compare as such (FACTS §5).
		{"lastActivityTime > '2021-05-07'", "true"},
		{"lastActivityTime < '2021-05-07T00:50:38Z'", "true"},
		// Only primitives of one type compare; booleans and null have no order (unverified, FACTS §5).
		{"tags.n = '1'", "neither"},
		{"tags.n != '1'", "neither"},
		{"tags.site > 1", "neither"},
		{"tags.on = 1", "neither"},
		{"tags.on > false", "neither"},
		{"tags.none <= null", "neither"},
		{"tags.none = 0", "neither"},
		{"tags.o = tags.o", "neither"},
		{"tags.l = tags.l", "neither"},
		{"tags.l = [1, 'a', null]", "neither"},
		// What is not there (unverified, FACTS §5).
		{"tags.missing = 1", "neither"},
		{"tags.missing != 1", "neither"},
		{"tags.missing = null", "neither"},
		{"tags.missing = undefined", "neither"},
		{"undefined = undefined", "neither"},
		{"tags.site.deeper = 'x'", "neither"},
		{"tags.l.length = 3", "neither"},
		{"moduleId = 'm'", "neither"},
		// Logic (FACTS §5).
		{"true", "true"},
		{"false", "false"},
		{"tags.on", "true"},
		{"tags.off", "false"},
		{"null", "neither"},
		{"undefined", "neither"},
		{"1", "neither"},
		{"'true'", "neither"},
		{"tags.o", "neither"},
		{"[true]", "neither"},
		{"NOT NOT tags.on", "true"},
		{"not tags.off and tags.on", "true"},
		{"tags.on OR tags.missing", "true"},
		{"tags.missing OR tags.on", "true"},
		{"tags.off OR tags.missing", "neither"},
		{"tags.missing AND tags.off", "false"},
		{"tags.off AND tags.missing", "false"},
		{"tags.on AND tags.missing", "neither"},
		{"tags.missing AND tags.missing", "neither"},
		{"tags.on OR tags.on AND tags.off", "true"},
		{"(tags.on OR tags.on) AND tags.off", "false"},
		{"NOT tags.off = true", "true"},
		{"(NOT tags.off) = true", "true"},
		{"(tags.n = 1) = tags.on", "true"},
		{"(tags.missing = 1) = true", "neither"},
		// Arithmetic (FACTS §5); a result that is no number is undefined.
		{"tags.n + 1 = 2", "true"},
		{"tags.n - 3 = -2", "true"},
		{"tags.n -1 = 0", "true"},
		{"tags.f * 2 = 3", "true"},
		{"tags.f / 3 = 0.5", "true"},
		{"7 % 4 = 3", "true"},
		{"-7 % 4 = -3", "true"},
		{"1 + 2 * 3 = 7", "true"},
		{"(1 + 2) * 3 = 9", "true"},
		{"10 - 3 - 2 = 5", "true"},
		{"100 / 10 / 2 = 5", "true"},
		{"1 < tags.n + tags.f", "true"},
		{"tags.n + tags.n", "neither"},
		{"tags.n / tags.zero = 0", "neither"},
		{"tags.n % tags.zero = 0", "neither"},
		{"tags.site + 'y' = 'xy'", "neither"},
		{"tags.n + '1' = 2", "neither"},
		{"tags.missing + 1 = 1", "neither"},
		{"1e308 * 10 > 1", "neither"},
		// IN is a chain of comparisons (FACTS §5; mixed types unverified).
		{"tags.site IN ['w', 'x']", "true"},
		{"tags.site NIN ['w', 'x']", "false"},
		{"tags.site in ['w']", "false"},
		{"tags.site nin ['w']", "true"},
		{"tags.n IN ['x', 1, null]", "true"},
		{"tags.n IN ['x']", "neither"},
		{"tags.n NIN ['1']", "neither"},
		{"tags.none IN [null]", "true"},
		{"tags.missing IN ['x']", "neither"},
		{"tags.missing NIN ['x']", "neither"},
		{"tags.n + 1 IN [2]", "true"},
		{"tags.n IN [-1, 0x01]", "true"},
		// Functions (FACTS §5).
		{"IS_DEFINED(tags.site)", "true"},
		{"is_defined(tags.none)", "true"},
		{"IS_DEFINED(tags.missing)", "false"},
		{"Is_Defined(moduleId)", "false"},
		{"STARTSWITH(deviceId, 'a')", "true"},
		{"startswith(deviceId, 'b')", "false"},
		{"STARTSWITH(deviceId, '')", "true"},
		{"STARTSWITH(deviceId, 'A')", "false"},
		{"STARTSWITH(tags.n, '1')", "neither"},
		{"STARTSWITH(tags.missing, 'a')", "neither"},
		{"ARRAY_CONTAINS(parentScopes, 's2')", "true"},
		{"array_contains(parentScopes, 's3')", "false"},
		{"ARRAY_CONTAINS(tags.l, 1)", "true"},
		{"ARRAY_CONTAINS(tags.l, null)", "true"},
		{"ARRAY_CONTAINS(tags.l, true)", "false"},
		{"ARRAY_CONTAINS(tags.site, 'x')", "neither"},
		{"ARRAY_CONTAINS(tags.o, 'x')", "neither"},
		{"ARRAY_CONTAINS(tags.missing, 'x')", "neither"},
		{"NOT IS_DEFINED(tags.missing) AND tags.on", "true"},
		// Names: fixed ones in any case, the user's as they are; quoted ones (FACTS §5).
		{"DEVICEID = 'a'", "true"},
		{"devices.deviceId = 'a'", "true"},
		{"Devices.Tags.site = 'x'", "true"},
		{"Properties.Desired.u = 'A'", "true"},
		{"properties.desired.U = 'A'", "neither"},
		{"tags.Site = 'x'", "neither"},
		{"capabilities.IOTEDGE = false", "true"},
		{"tags.[[it's]] = 'q'", "true"},
		{"[[tags]].[[site]] = 'x'", "true"},
		{"tags.$x = 1", "true"},
		{"tags.select = 1", "true"},
		{"tags.[[group]] = 'g'", "true"},
		{"configurations.[[my-cfg]].status = 'Applied'", "true"},
		{"properties.desired.$version = 4", "true"},
		{"properties.desired.$metadata.$lastUpdated > '2021-07'", "true"},
		// Strings (FACTS §5).
		{`tags.site = "x"`, "true"},
		{`tags.site = '\u0078'`, "true"},
		{`tags.site = 'x' AND 'it\'s' = "it's" AND '\\' = "\\" AND "\"" = '"'`, "true"},
		{`'\ud83d\ude00' = '😀'`, "true"},
	}
	for _, row := range rows {
		t.Run(row.condition, func(t *testing.T) {
			t.Parallel()
			if got := outcome(t, row.condition, d); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// Conditions of jobs and configurations (FACTS §6.2, §7.1).
func TestParseCondition(t *testing.T) {
	t.Parallel()
	rows := []struct {
		text      string
		condition bool // ParseCondition takes it
		target    bool // so does ParseTarget
		source    Source
	}{
		{"*", true, true, Devices},
		{" * ", true, true, Devices},
		{"tags.role = 'sensor' AND properties.reported.x > 1", true, true, Devices},
		{"deviceId = 'a'", true, true, Devices},
		{"devices.tags.a IN [1] OR NOT IS_DEFINED(tags.b)", true, true, Devices},
		{"from devices.modules where tags.a = 1", true, true, Modules},
		{"FROM devices.modules WHERE moduleId = 'm' AND devices.modules.tags.a = 1", true, true, Modules},
		{"properties.desired.x = 1", true, false, Devices},
		{"properties.Desired.x = 1", true, false, Devices},
		{"IS_DEFINED(properties)", true, false, Devices},
		{"tags.a = 1 AND NOT status = 'enabled'", true, false, Devices},
		{"connectionState IN ['Connected']", true, false, Devices},
		{"capabilities.iotEdge = true", true, false, Devices},
		{"", false, false, Devices},
		{"* AND true", false, false, Devices},
		{"WHERE tags.a = 1", false, false, Devices},
		{"SELECT * FROM devices", false, false, Devices},
		{"from devices where tags.a = 1", false, false, Devices},
		{"from devices.modules", false, false, Devices},
		{"from devices.modules where *", false, false, Devices},
		{"tags.a = 1 GROUP BY tags.b", false, false, Devices},
		{"nosuch = 1", false, false, Devices},
		{"COUNT() > 1", false, false, Devices},
	}
	for _, row := range rows {
		t.Run(row.text, func(t *testing.T) {
			t.Parallel()
			c, err := ParseCondition(row.text)
			var refused *Error
			if (err == nil) != row.condition || err != nil && !errors.As(err, &refused) {
				t.Fatalf("got error %v, want accepted %v", err, row.condition)
			}
			if c != nil && c.Source != row.source {
				t.Errorf("got source %s, want %s", c.Source, row.source)
			}
			if _, err := ParseTarget(row.text); (err == nil) != row.target {
				t.Errorf("as a target: got error %v, want accepted %v", err, row.target)
			}
		})
	}
}

func TestConditionStar(t *testing.T) {
	t.Parallel()
	c, err := ParseCondition("*")
	if err != nil {
		t.Fatal(err)
	}
	if !c.Selects(document(t, `{}`)) {
		t.Error("got an empty document left out, want all selected")
	}
}
