package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

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
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("TOMORROW", time.Now().UTC().Add(24*time.Hour).Format(time.RFC3339))
			env.Setenv("TWINSET_EMULATOR_LOG", filepath.Join(env.WorkDir, "requests.log"))
			// The race detector waits a second when a process ends; there are hundreds.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"hub":      cmdHub,
			"serve":    cmdServe,
			"sameplan": cmdSamePlan,
			"edit":     cmdEdit,
			"attach":   cmdAttach,
			"capture":  cmdCapture,
			"fakehub":  cmdFakeHub,
		},
	})
}
