#!/bin/sh
# The quickstart as a story, on the embedded hub. Run it with `make demo`; it
# needs twinset and portal (examples/portal) on the PATH, and leaves nothing behind.
set -eu

project=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
cp "$here"/*.twin.hcl "$project"
cd "$project"

emulator=
finish() {
	[ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
	[ -z "$emulator" ] || wait "$emulator" 2>/dev/null || true
	rm -rf "$project"
}
trap finish EXIT INT TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n# %s\n' "$*"; }
run() {
	printf '$ %s\n' "$*"
	"$@"
}
# expect CODE COMMAND...: the exit code is part of the story.
expect() {
	want=$1
	shift
	printf '$ %s\n' "$*"
	code=0
	"$@" || code=$?
	if [ "$code" -ne "$want" ]; then
		printf 'exit code %s, expected %s\n' "$code" "$want" >&2
		exit 1
	fi
}

say "This is all there is to write:"
run cat quickstart.twin.hcl

say "Check it. No hub is needed for that."
run twinset validate

say "Start the embedded hub, so that others can reach it as well."
twinset emulator --listen 127.0.0.1:0 --ready-file ready.json >/dev/null 2>&1 &
emulator=$!
tries=0
until [ -s ready.json ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || { echo "the embedded hub did not start" >&2; exit 1; }
	sleep 0.1
done
printf '$ twinset emulator &\n'

say "What would change? The plan is kept in a file."
run twinset plan --out first.plan

say "Do exactly that."
run twinset apply first.plan

say "A second plan has nothing to do."
run twinset plan

say "Now somebody changes the twin in the portal..."
run portal . myFirstDevice/myFirstModule '{"properties":{"desired":{"telemetryInterval":60}}}'

say "...and the nightly job finds it (exit code 2)."
expect 2 twinset drift

say "Put it back."
run twinset apply --auto-approve

say "All is as declared again."
expect 0 twinset plan --detailed-exitcode

say "What the module connects with. No other command prints a key."
run twinset credentials myFirstDevice myFirstModule
