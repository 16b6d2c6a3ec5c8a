package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/twinset/twinset/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"twinset": func() { os.Exit(cli.Main()) }})
}

// Each script is a story of what a user does and sees. They run on the embedded
// hub, in process or served, and end with an empty plan.
func TestScript(t *testing.T) {
	t.Parallel()
	p := scripts(t, "")
	p.Dir, p.UpdateScripts = "testdata/script", *update
	testscript.Run(t, p)
}

// What the tool does to a hub, it does to one whose queries lag, whose pages are
// short and whose errors have other forms as well.
func TestScriptAwkward(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"7", "20"} {
		t.Run(seed, func(t *testing.T) {
			t.Parallel()
			p := scripts(t, seed)
			for _, name := range []string{
				"adopt", "configurations", "edge", "guards", "identity", "manage_twin", "moved", "ownership",
				"parents", "partial", "quickstart", "release", "removed", "replacement", "rotate", "stale",
			} {
				p.Files = append(p.Files, filepath.Join("testdata", "script", name+".txtar"))
			}
			testscript.Run(t, p)
		})
	}
}

// scripts are run on an embedded hub in the process that is awkward by the seed, or
// calm without one.
func scripts(t *testing.T, awkward string) testscript.Params {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("TOMORROW", time.Now().UTC().Add(24*time.Hour).Format(time.RFC3339))
			env.Setenv("TWINSET_EMULATOR_LOG", filepath.Join(env.WorkDir, "requests.log"))
			env.Setenv("TWINSET_EMULATOR_AWKWARD", awkward)
			// The race detector waits a second when a process ends; there are hundreds.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     cmdExits,
			"hub":       cmdHub,
			"serve":     cmdServe,
			"sameplan":  cmdSamePlan,
			"edit":      cmdEdit,
			"attach":    cmdAttach,
			"device":    (&devices{open: map[string]paho.Client{}}).cmd,
			"capture":   cmdCapture,
			"fakehub":   cmdFakeHub,
			"container": cmdContainer,
			"blobs":     cmdBlobs,
			"storage":   cmdStorage,
			"age":       cmdAge,
			"send":      cmdSend,
		},
	}
}
