package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Env is everything that the commands know of the process.
type Env struct {
	Args      []string // without the program's name
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	LookupEnv func(string) (string, bool)
	Environ   []string
	Now       func() time.Time

	StdinTTY, StdoutTTY, StderrTTY bool
}

func (e *Env) getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

// interactive tells whether a question may be asked (design: never without a
// terminal, never in CI).
func (e *Env) interactive() bool {
	return e.StdinTTY && e.StderrTTY && e.getenv("CI") == "" && e.getenv("TWINSET_INPUT") != "0"
}

// Main runs the program in its process and returns the exit code. The first
// interrupt ends the command in good order, the second one at once.
func Main() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(errInterrupted)
		<-signals
		os.Exit(exitInterrupted) //nolint:forbidigo // the second interrupt ends the process at once
	}()
	return Run(ctx, processEnv())
}

func processEnv() *Env {
	tty := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return &Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, Environ: os.Environ(), Now: time.Now,
		StdinTTY: tty(os.Stdin), StdoutTTY: tty(os.Stdout), StderrTTY: tty(os.Stderr),
	}
}

var errInterrupted = fmt.Errorf("interrupted")

// Run executes one command line and returns the exit code.
func Run(ctx context.Context, env *Env) int {
	root, g := newRoot(env)
	root.SetArgs(singleDash(root, env.args()))
	err := root.ExecuteContext(ctx)
	code, say := exitCode(err)
	if ctx.Err() != nil && code != exitOK {
		fmt.Fprintln(env.Stderr, "Interrupted.")
		return exitInterrupted
	}
	if say {
		g.printError(err)
	}
	return code
}

// args adds the arguments of TWINSET_CLI_ARGS behind the verb.
func (e *Env) args() []string {
	extra := strings.Fields(e.getenv("TWINSET_CLI_ARGS"))
	if len(extra) == 0 || len(e.Args) == 0 {
		return e.Args
	}
	return append(append([]string{e.Args[0]}, extra...), e.Args[1:]...)
}
