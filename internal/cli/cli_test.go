package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinset/twinset/internal/emulator"
)

func testEnv(args ...string) (*Env, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	return &Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		LookupEnv: func(string) (string, bool) { return "", false }, Now: time.Now,
	}, &out, &errs
}

func TestSingleDash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"plan -out=p -var a=1 -detailed-exitcode", "plan --out=p --var a=1 --detailed-exitcode"},
		{"plan -o p -e dev", "plan -o p -e dev"},
		{"apply -auto-approve -- -out", "apply --auto-approve -- -out"},
		{"plan -nonsense", "plan -nonsense"},
		{"-chdir=x plan", "--chdir=x plan"},
	} {
		env, _, _ := testEnv()
		root, _ := newRoot(env)
		if got := strings.Join(singleDash(root, strings.Fields(tt.in)), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		code int
		say  bool
	}{
		{"nothing", nil, 0, false},
		{"plain error", errors.New("x"), 1, true},
		{"code without words", exit(exitChanges), 2, false},
		{"code with words", fmt.Errorf("more: %w", exitWith(exitStale, "stale")), 4, true},
	} {
		if code, say := exitCode(tt.err); code != tt.code || say != tt.say {
			t.Errorf("%s: got %d, %v, want %d, %v", tt.name, code, say, tt.code, tt.say)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"contoso.azure-devices.net", "CONTOSO.azure-devices.net", true},
		{"localhost:8443", "localhost", true},
		{"localhost:8443", "localhost:8444", false},
		{"a.example", "b.example", false},
	} {
		if got := sameHost(tt.a, tt.b); got != tt.same {
			t.Errorf("sameHost(%s, %s): got %v", tt.a, tt.b, got)
		}
	}
	if got := []string{hubHost("contoso"), hubHost("localhost"), hubHost("a.b"), hubHost("x:1")}; !slices.Equal(got, []string{"contoso.azure-devices.net", "localhost", "a.b", "x:1"}) {
		t.Errorf("hubHost: got %v", got)
	}
}

// Keys in requests to the embedded hub do not reach its log.
func TestLogExchangeHidesKeys(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	logExchange(&b, emulator.Exchange{Method: "PUT", Path: "/devices/d", Status: 200, IfMatch: "*", Body: []byte(`{"SymmetricKey":{"PrimaryKey": "abc=","secondaryKey":"def="},"tags":{"key":"kept"}}`)})
	want := `PUT /devices/d 200 if-match=* {"SymmetricKey":{"PrimaryKey": "(redacted)","secondaryKey":"(redacted)"},"tags":{"key":"kept"}}` + "\n"
	if b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

// Every verb has a summary and an example, and prints its help.
func TestHelp(t *testing.T) {
	t.Parallel()
	env, _, _ := testEnv()
	root, _ := newRoot(env)
	for _, cmd := range root.Commands() {
		if cmd.Short == "" || cmd.Example == "" {
			t.Errorf("%s has no summary or no example", cmd.Name())
		}
		env, out, errs := testEnv(cmd.Name(), "--help")
		if code := Run(t.Context(), env); code != 0 || !strings.Contains(out.String(), cmd.Example) || errs.Len() > 0 {
			t.Errorf("%s --help: exit code %d, stderr %q, output %q", cmd.Name(), code, errs, out)
		}
	}
}

// An interrupted command says so, ends with 130 and has changed nothing.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := "project \"p\" {}\nenvironment \"dev\" { hub = \"emulator\" }\ndevice \"d\" {}\n"
	if err := os.WriteFile(filepath.Join(dir, "fleet.twin.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	env, _, errs := testEnv("-C", dir, "apply", "--auto-approve")
	if code := Run(ctx, env); code != exitInterrupted || !strings.Contains(errs.String(), "Interrupted.") {
		t.Errorf("got exit code %d, stderr %q", code, errs)
	}
	env, _, errs = testEnv("-C", dir, "apply", "--auto-approve")
	if code := Run(t.Context(), env); code != exitOK {
		t.Errorf("afterwards: got exit code %d, stderr %q", code, errs)
	}
	env, out, _ := testEnv("-C", dir, "plan", "--detailed-exitcode")
	if code := Run(t.Context(), env); code != exitOK || !strings.HasPrefix(out.String(), "No changes.") {
		t.Errorf("second plan: got exit code %d, %q", code, out)
	}
}

// Someone at a terminal is asked, and only "yes" is consent.
func TestConsent(t *testing.T) {
	t.Parallel()
	for answer, ok := range map[string]bool{"yes\n": true, "y\n": false, "": false, "no\n": false} {
		env, _, errs := testEnv()
		env.Stdin, env.StdinTTY, env.StderrTTY = strings.NewReader(answer), true, true
		g := &global{env: env}
		p := &project{}
		p.environment.Name = "dev"
		if err := g.mayApply(p, plannedCmd{verb: "plan"}); (err == nil) != ok {
			t.Errorf("%q: got %v", answer, err)
		}
		if !strings.Contains(errs.String(), "environment dev") {
			t.Errorf("question: got %q", errs)
		}
	}
}
