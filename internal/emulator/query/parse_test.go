package query

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ignorePositions compares trees by what they mean.
var ignorePositions = cmp.Options{
	cmp.Comparer(func(Pos, Pos) bool { return true }),
	cmp.AllowUnexported(Value{}),
}

// accepted are queries and how they are printed.
var accepted = []struct{ text, printed string }{
	{"SELECT * FROM devices", ""},
	{"select\t*\nfrom Devices . Modules", "SELECT * FROM devices.modules"},
	{"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j'", ""},
	{"SELECT * FROM devices.jobs WHERE devices.jobs.createdTimeUtc > '2016-09-01'", ""},
	{"SELECT TOP 5 * FROM devices", ""},
	{"SELECT top 005 deviceId FROM devices", "SELECT TOP 5 deviceId FROM devices"},
	{"SELECT deviceid AS id, tags.[[a b]] as [[my a]] FROM devices", "SELECT deviceid AS id, tags.[[a b]] AS [[my a]] FROM devices"},
	{"SELECT tags.a AS from FROM devices", "SELECT tags.a AS [[from]] FROM devices"},
	{"SELECT count() as n FROM devices", "SELECT COUNT() AS n FROM devices"},
	{
		"SELECT COUNT() AS n, avg(tags.x) AS a, SUM(tags.x) AS s, MIN(tags.x) AS i, MAX(tags.x) AS m FROM devices",
		"SELECT COUNT() AS n, AVG(tags.x) AS a, SUM(tags.x) AS s, MIN(tags.x) AS i, MAX(tags.x) AS m FROM devices",
	},
	{"SELECT tags.x AS x, COUNT() AS n FROM devices.modules WHERE tags.y = 1 GROUP BY devices.modules.tags.x", ""},
	{"SELECT status FROM devices group by STATUS", "SELECT status FROM devices GROUP BY STATUS"},
	{"SELECT TOP 1 status, COUNT() AS n FROM devices GROUP BY status", ""},
	{"SELECT * FROM devices WHERE (((tags.a = 1)))", "SELECT * FROM devices WHERE tags.a = 1"},
	{"SELECT * FROM devices WHERE (tags.a OR tags.b) AND NOT (tags.c AND tags.d)", ""},
	{"SELECT * FROM devices WHERE tags.a AND (tags.b AND tags.c) OR tags.d", ""},
	{"SELECT * FROM devices WHERE (NOT tags.a) = (tags.b = 1)", ""},
	{"SELECT * FROM devices WHERE tags.a IN [1, 'x'] OR (tags.b NIN [null]) = false", ""},
	{"SELECT * FROM devices WHERE tags.a - (tags.b - 1) - -2 > 1 * (2 + 3)", ""},
	{"SELECT * FROM devices WHERE tags.a = 0xFF", "SELECT * FROM devices WHERE tags.a = 255"},
	{`SELECT * FROM devices WHERE tags.a = "it's \"q\"\\\u0007"`, `SELECT * FROM devices WHERE tags.a = 'it\'s "q"\\\u0007'`},
	{
		"SELECT * FROM devices WHERE startswith(deviceId, 'a') and is_defined(tags.[[group]].[[1st]])",
		"SELECT * FROM devices WHERE STARTSWITH(deviceId, 'a') AND IS_DEFINED(tags.[[group]].[[1st]])",
	},
	{"SELECT * FROM devices WHERE array_contains(parentScopes, 'a') = undefined", "SELECT * FROM devices WHERE ARRAY_CONTAINS(parentScopes, 'a') = undefined"},
	{"SELECT * FROM devices WHERE configurations.[[]a]].status = [1]", ""},
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, row := range accepted {
		t.Run(row.text, func(t *testing.T) {
			t.Parallel()
			want := row.printed
			if want == "" {
				want = row.text
			}
			q, err := Parse(row.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// refused are texts, the kind of the error, and the part of the text at which it is.
var refused = []struct {
	text string
	kind ErrorKind
	at   string // the rest of the text from the error on
}{
	{"", Malformed, ""},
	{"SELECT", Malformed, ""},
	{"DELETE FROM devices", Malformed, "DELETE FROM devices"},
	{"SELECT * FROM nowhere", Malformed, "nowhere"},
	{"SELECT * FROM devices.twins", Malformed, "twins"},
	{"SELECT * FROM devices d", Malformed, "d"},
	{"SELECT * FROM devices AS d", Malformed, "AS d"},
	{"SELECT * FROM devices, devices.modules", Malformed, ", devices.modules"},
	{"SELECT * FROM devices ORDER BY deviceId", Malformed, "ORDER BY deviceId"},
	{"SELECT * FROM devices HAVING true", Malformed, "HAVING true"},
	{"SELECT DISTINCT deviceId FROM devices", Malformed, "deviceId FROM devices"},
	{"SELECT *, deviceId FROM devices", Malformed, ", deviceId FROM devices"},
	{"SELECT deviceId, FROM devices", Malformed, "FROM devices"},
	{"SELECT deviceId AS 'id' FROM devices", Malformed, "'id' FROM devices"},
	{"SELECT 1 AS one FROM devices", Malformed, "1 AS one FROM devices"},
	{"SELECT tags.a + 1 AS b FROM devices", Malformed, "+ 1 AS b FROM devices"},
	{"SELECT nosuch FROM devices", Malformed, "nosuch FROM devices"},
	{"SELECT TOP 0 * FROM devices", Malformed, "0 * FROM devices"},
	{"SELECT TOP 1.5 * FROM devices", Malformed, "1.5 * FROM devices"},
	{"SELECT TOP -1 * FROM devices", Malformed, "-1 * FROM devices"},
	{"SELECT TOP 99999999999999999999 * FROM devices", Malformed, "99999999999999999999 * FROM devices"},
	{"SELECT TOP * FROM devices", Malformed, "* FROM devices"},
	// Aggregates and groups.
	{"SELECT COUNT(*) AS n FROM devices", Malformed, "*) AS n FROM devices"},
	{"SELECT COUNT(deviceId) AS n FROM devices", Malformed, "deviceId) AS n FROM devices"},
	{"SELECT AVG() AS n FROM devices", Malformed, ") AS n FROM devices"},
	{"SELECT AVG(tags.a + 1) AS n FROM devices", Malformed, "+ 1) AS n FROM devices"},
	{"SELECT LOWER(deviceId) AS n FROM devices", Malformed, "LOWER(deviceId) AS n FROM devices"},
	{"SELECT status, COUNT() AS n FROM devices", Malformed, "status, COUNT() AS n FROM devices"},
	{"SELECT tags.a, COUNT() AS n FROM devices GROUP BY status", Malformed, "tags.a, COUNT() AS n FROM devices GROUP BY status"},
	{"SELECT * FROM devices GROUP BY status", Malformed, "status"},
	{"SELECT status FROM devices GROUP status", Malformed, "status"},
	{"SELECT status FROM devices GROUP BY status, etag", Malformed, ", etag"},
	{"SELECT status FROM devices GROUP BY status WHERE true", Malformed, "WHERE true"},
	{"SELECT status AS s FROM devices GROUP BY s", Malformed, "s"},
	{"SELECT status AS s FROM devices WHERE s = 'enabled'", Malformed, "s = 'enabled'"},
	{"SELECT COUNT() FROM devices", NotEmulated, "COUNT() FROM devices"},
	{"SELECT MIN(tags.a) FROM devices", NotEmulated, "MIN(tags.a) FROM devices"},
	{"SELECT tags.n, properties.desired.n FROM devices", NotEmulated, "properties.desired.n FROM devices"},
	{"SELECT COUNT() AS n, COUNT() AS n FROM devices", NotEmulated, "COUNT() AS n FROM devices"},
	// Jobs.
	{"SELECT jobId FROM devices.jobs", Malformed, "SELECT jobId FROM devices.jobs"},
	{"SELECT COUNT() FROM devices.jobs", Malformed, "SELECT COUNT() FROM devices.jobs"},
	{"SELECT * FROM devices.jobs GROUP BY devices.jobs.status", Malformed, "SELECT * FROM devices.jobs GROUP BY devices.jobs.status"},
	{"SELECT * FROM devices.jobs WHERE tags.a = 1", Malformed, "tags.a = 1"},
	{"SELECT * FROM devices.jobs WHERE jobId = 'j'", Malformed, "jobId = 'j'"},
	{"SELECT * FROM devices.jobs WHERE devices.jobId = 'j'", Malformed, "devices.jobId = 'j'"},
	{"SELECT * FROM devices.jobs WHERE devices.jobs.tags.a = 'j'", Malformed, "devices.jobs.tags.a = 'j'"},
	// Conditions.
	{"SELECT * FROM devices WHERE", Malformed, ""},
	{"SELECT * FROM devices WHERE tag.a = 1", Malformed, "tag.a = 1"},
	{"SELECT * FROM devices WHERE devices.modules.tags.a = 1", Malformed, "devices.modules.tags.a = 1"},
	{"SELECT * FROM devices WHERE tags.a = ", Malformed, ""},
	{"SELECT * FROM devices WHERE tags.a == 1", Malformed, "= 1"},
	{"SELECT * FROM devices WHERE tags.a = 1 = 1", Malformed, "= 1"},
	{"SELECT * FROM devices WHERE tags.a = 1 IN [1]", Malformed, "IN [1]"},
	{"SELECT * FROM devices WHERE tags.a = NOT true", Malformed, "NOT true"},
	{"SELECT * FROM devices WHERE tags.a LIKE 'x'", Malformed, "LIKE 'x'"},
	{"SELECT * FROM devices WHERE tags.a IS NULL", Malformed, "IS NULL"},
	{"SELECT * FROM devices WHERE tags.a NOT IN [1]", Malformed, "NOT IN [1]"},
	{"SELECT * FROM devices WHERE tags.a BETWEEN 1 AND 2", Malformed, "BETWEEN 1 AND 2"},
	{"SELECT * FROM devices WHERE tags.a || 'x' = 'y'", Malformed, "|| 'x' = 'y'"},
	{"SELECT * FROM devices WHERE -tags.a = 1", Malformed, "-tags.a = 1"},
	{"SELECT * FROM devices WHERE +1 = 1", Malformed, "+1 = 1"},
	{"SELECT * FROM devices WHERE (tags.a = 1", Malformed, ""},
	{"SELECT * FROM devices WHERE tags.a = 1)", Malformed, ")"},
	{"SELECT * FROM devices WHERE tags.a IN []", Malformed, "]"},
	{"SELECT * FROM devices WHERE tags.a IN (1)", Malformed, "(1)"},
	{"SELECT * FROM devices WHERE tags.a IN [tags.b]", Malformed, "tags.b]"},
	{"SELECT * FROM devices WHERE tags.a IN [1", Malformed, ""},
	{"SELECT * FROM devices WHERE tags.a-b = 2", Malformed, "b = 2"},
	{"SELECT * FROM devices WHERE tags.group = 'x'", Malformed, "group = 'x'"},
	{"SELECT * FROM devices WHERE tags.l[0] = 2", NotEmulated, "[0] = 2"},
	{"SELECT * FROM devices WHERE 'x'[0] = 2", Malformed, "[0] = 2"},
	{"SELECT SUM(tags.l[0]) AS s FROM devices", NotEmulated, "[0]) AS s FROM devices"},
	{"SELECT tags.l[0] FROM devices", NotEmulated, "[0] FROM devices"},
	{"SELECT status FROM devices GROUP BY tags.l[0]", NotEmulated, "[0]"},
	// Functions.
	{"SELECT * FROM devices WHERE IS_DEFINED('a')", Malformed, "'a')"},
	{"SELECT * FROM devices WHERE IS_DEFINED()", Malformed, "IS_DEFINED()"},
	{"SELECT * FROM devices WHERE IS_DEFINED(tags.a, tags.b)", Malformed, "IS_DEFINED(tags.a, tags.b)"},
	{"SELECT * FROM devices WHERE IS_DEFINED(nosuch)", Malformed, "nosuch)"},
	{"SELECT * FROM devices WHERE STARTSWITH(deviceId)", Malformed, "STARTSWITH(deviceId)"},
	{"SELECT * FROM devices WHERE STARTSWITH(deviceId, 1)", Malformed, "1)"},
	{"SELECT * FROM devices WHERE STARTSWITH(deviceId, tags.a)", Malformed, "tags.a)"},
	{"SELECT * FROM devices WHERE STARTSWITH('a', 'a')", Malformed, "'a', 'a')"},
	{"SELECT * FROM devices WHERE ARRAY_CONTAINS(parentScopes, ['a'])", Malformed, "['a'])"},
	{"SELECT * FROM devices WHERE STARTS_WITH(deviceId, 'a')", Malformed, "STARTS_WITH(deviceId, 'a')"},
	{"SELECT * FROM devices WHERE ENDSWITH(deviceId, 'a')", Malformed, "ENDSWITH(deviceId, 'a')"},
	{"SELECT * FROM devices WHERE CONTAINS(deviceId, 'a')", Malformed, "CONTAINS(deviceId, 'a')"},
	{"SELECT * FROM devices WHERE IS_STRING(deviceId)", Malformed, "IS_STRING(deviceId)"},
	{"SELECT * FROM devices WHERE COUNT() > 1", Malformed, "COUNT() > 1"},
	// Tokens.
	{"SELECT * FROM devices WHERE tags.a = 'x", Malformed, "'x"},
	{`SELECT * FROM devices WHERE tags.a = '\x'`, Malformed, `'\x'`},
	{`SELECT * FROM devices WHERE tags.a = '\u12'`, Malformed, `'\u12'`},
	{`SELECT * FROM devices WHERE tags.a = '\`, Malformed, `'\`},
	{"SELECT * FROM devices WHERE tags.a = 12ab", Malformed, "12ab"},
	{"SELECT * FROM devices WHERE tags.a = 1.2.3", Malformed, "1.2.3"},
	{"SELECT * FROM devices WHERE tags.a = 0x", Malformed, "0x"},
	{"SELECT * FROM devices WHERE tags.a = 0x11111111111111111", Malformed, "0x11111111111111111"},
	{"SELECT * FROM devices WHERE tags.a = 1e999", Malformed, "1e999"},
	{"SELECT * FROM devices WHERE tags..a = 1", Malformed, ".a = 1"},
	{"SELECT * FROM devices WHERE tags.1 = 1", Malformed, "1 = 1"},
	{"SELECT * FROM devices WHERE tags.[[]] = 1", Malformed, "[[]] = 1"},
	{"SELECT * FROM devices WHERE tags.[[a = 1", Malformed, "[[a = 1"},
	{"SELECT * FROM devices; SELECT", Malformed, "; SELECT"},
	{"SELECT * FROM devices -- all", Malformed, "-- all"},
	{"SELECT * FROM devices WHERE tags.a = '\xff'", Malformed, "SELECT * FROM devices WHERE tags.a = '\xff'"},
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, row := range refused {
		t.Run(row.text, func(t *testing.T) {
			t.Parallel()
			q, err := Parse(row.text)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an error", q)
			}
			if got.Kind != row.kind || row.text[got.Offset:] != row.at {
				t.Errorf("got %q of kind %d at %q, want kind %d at %q", got.Text, got.Kind, row.text[got.Offset:], row.kind, row.at)
			}
			if got.Text == "" {
				t.Error("got an error without a text")
			}
		})
	}
}

// The limit counts characters, not bytes (FACTS §5).
func TestLength(t *testing.T) {
	t.Parallel()
	const around = "SELECT * FROM devices WHERE tags.a = ''"
	fill := strings.Repeat("é", MaxLength-len(around))
	text := strings.Replace(around, "''", "'"+fill+"'", 1)
	if _, err := Parse(text); err != nil {
		t.Errorf("%d characters: got %v, want none", MaxLength, err)
	}
	var refused *Error
	if _, err := Parse(text + " "); !errors.As(err, &refused) || refused.Kind != TooLong {
		t.Errorf("one more: got %v, want kind TooLong", err)
	}
	if _, err := ParseCondition(strings.Repeat("(", MaxLength)); !errors.As(err, &refused) || refused.Kind != Malformed {
		t.Errorf("parentheses only: got %v, want kind Malformed", err)
	}
	if _, err := ParseCondition(strings.Repeat("NOT ", MaxLength/4-1) + "true"); err != nil {
		t.Errorf("deep nesting: got %v, want none", err)
	}
}
