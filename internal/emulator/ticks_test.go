package emulator

import (
	"testing"

	"pgregory.net/rapid"
)

// What append writes is what the layout says, for every moment that a hub can have.
func TestTicksAppend(t *testing.T) {
	t.Parallel()
	for _, at := range []ticks{0, 1, ticksPerSecond, unixEpochTicks, unixEpochTicks + 1_000_000, 3_155_378_975_999_999_999} {
		checkTicks(t, at)
	}
	rapid.Check(t, func(t *rapid.T) {
		checkTicks(t, ticks(rapid.Int64Range(0, 3_155_378_975_999_999_999).Draw(t, "ticks")))
	})
}

func checkTicks(t rapid.TB, at ticks) {
	t.Helper()
	if got, want := string(at.append(nil)), `"`+at.format(trimmedTime)+`"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
