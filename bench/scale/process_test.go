//go:build scale

package scale

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// usage is what a finished process cost.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // bytes at the peak
}

// launchEnv makes the test's own binary a launcher.
const launchEnv = "TWINSET_LAUNCH"

// launch runs a program and writes its usage to file 3. Linux lets a process
// begin with the peak of the memory of the one that started it; this one is
// small, the test that made a fleet is not.
func launch(args []string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	wall := time.Since(start)
	r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("the system tells no usage")
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	_, err := fmt.Fprintln(os.NewFile(3, "usage"), wall.Nanoseconds(), cpu.Nanoseconds(), r.Maxrss*1024) // kilobytes on Linux
	return err
}

// run runs a program to its end, which must be a success.
func run(t *testing.T, dir string, env []string, name string, args ...string) (usage, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	figures, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer figures.Close()
	cmd := exec.Command(self, append([]string{name}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = dir, &stdout, &stderr, []*os.File{writer}
	cmd.Env = append(append(os.Environ(), env...), launchEnv+"=1")
	err = cmd.Run()
	_ = writer.Close() // the launcher has written
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, &stderr)
	}
	var wall, cpu int64
	var u usage
	if _, err := fmt.Fscan(figures, &wall, &cpu, &u.rss); err != nil {
		t.Fatalf("read usage of %s %v: %v", name, args, err)
	}
	u.wall, u.cpu = time.Duration(wall), time.Duration(cpu)
	return u, stdout.String()
}

// build builds the program as it is released.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "twinset")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", bin, "../../cmd/twinset")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOEXPERIMENT=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// hub is a served embedded hub.
type hub struct {
	ConnectionString string `json:"connection_string"`
	CAFile           string `json:"ca_file"`

	log string // file of requests
}

// env is what a client of the hub needs.
func (h hub) env() []string {
	return []string{"IOTHUB_CONNECTION_STRING=" + h.ConnectionString, "TWINSET_CA_FILE=" + h.CAFile}
}

// serve runs a hub until the test ends, with the devices of a seed if there is one.
func serve(t *testing.T, bin, seed string) hub {
	t.Helper()
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready.json")
	h := hub{log: filepath.Join(dir, "requests.log")}
	log, err := os.Create(h.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	args := []string{"emulator", "--listen", "127.0.0.1:0", "--ephemeral", "--calm", "--ready-file", ready, "--log-requests"}
	if seed != "" {
		args = append(args, "--seed", seed)
	}
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir, cmd.Stderr = dir, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var failure error // once ended is closed
	go func() {
		failure = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = log.Close() // it was read
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			t.Fatalf("the hub ended: %v; see %s", failure, h.log)
		case <-tick.C:
		}
		text, err := os.ReadFile(ready)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &h)
		}
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
}

// name is the host as a configuration names it.
func (h hub) name() string {
	for part := range strings.SplitSeq(h.ConnectionString, ";") {
		if host, ok := strings.CutPrefix(part, "HostName="); ok {
			return host
		}
	}
	return ""
}

// requests counts the calls of a hub's log from a byte on, by method and path.
func (h hub) requests(t *testing.T, from int64) (counts map[string]int, size int64) {
	t.Helper()
	text, err := os.ReadFile(h.log)
	if err != nil {
		t.Fatal(err)
	}
	counts = map[string]int{}
	for line := range strings.Lines(string(text[from:])) {
		if f := strings.Fields(line); len(f) > 2 && strings.HasPrefix(f[1], "/") {
			counts[f[0]+" "+f[1]]++
		}
	}
	return counts, int64(len(text))
}
