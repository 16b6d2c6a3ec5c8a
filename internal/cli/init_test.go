package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3" //nolint:depguard // the samples are YAML of others; nothing of the language is read here

	"github.com/twinset/twinset/internal/config"
)

// commandsOf finds the twinset commands in the scripts of a pipeline: strings
// below the keys that each system has for them.
func commandsOf(v any, script bool) []string {
	var list []string
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			list = append(list, commandsOf(member, slices.Contains([]string{"run", "bash", "inlineScript", "script", "before_script"}, k))...)
		}
	case []any:
		for _, item := range v {
			list = append(list, commandsOf(item, script)...)
		}
	case string:
		if script {
			list = regexp.MustCompile(`(?m)(?:^|[;|&] *)\s*(twinset [^;|&>\n]*)`).FindAllString(v, -1)
		}
	}
	return list
}

// words splits a command as a shell does, quotes and comments included.
func words(command string) []string {
	command, _, _ = strings.Cut(command, " #")
	return strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(command))
}

// The samples are YAML, say everything that a pipeline of the system must say,
// and every twinset command in them has flags and arguments that exist.
func TestPipelineSamples(t *testing.T) {
	t.Parallel()
	for name, must := range map[string][]string{
		"github": {"id-token: write", "azure/login@", "environment: prod", "permissions: {}", "cron:", "GITHUB_STEP_SUMMARY", "upload-artifact@", "download-artifact@"},
		"azdo":   {"AzureCLI@2", "environment: prod", "DownloadPipelineArtifact@2", "schedules:", "task.uploadsummary"},
		"gitlab": {"id_tokens:", "api://AzureADTokenExchange", "resource_group:", "name: prod", "expose_as:"},
	} {
		text, err := samplePipeline(name, "sub/dir")
		if err != nil {
			t.Fatal(err)
		}
		var root map[string]any
		if err := yaml.Unmarshal([]byte(text), &root); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range append(must, "sub/dir", "TWINSET_VERSION: v"+version) {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not hold %s", name, part)
			}
		}
		if regexp.MustCompile(`(?i)client-secret|SharedAccessKey|CONNECTION_STRING|PROJECT_DIR|TWINSET_RELEASE`).MatchString(text) {
			t.Errorf("%s holds a key, or a placeholder", name)
		}
		checkCommands(t, name, commandsOf(root, false))
	}
}

func checkCommands(t *testing.T, name string, commands []string) {
	t.Helper()
	verbs := map[string]bool{}
	for _, command := range commands {
		env, _, _ := testEnv()
		root, _ := newRoot(env)
		args := words(strings.TrimLeft(command, ";|& \n"))[1:]
		cmd, rest, err := root.Find(args)
		if err != nil {
			t.Errorf("%s: %s: %v", name, command, err)
			continue
		}
		verbs[cmd.Name()] = true
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %s: %v", name, command, err)
		}
		if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %s: %v", name, command, err)
		}
	}
	for _, verb := range []string{"validate", "plan", "show", "apply", "drift"} {
		if !verbs[verb] {
			t.Errorf("%s never runs twinset %s", name, verb)
		}
	}
}

// What init writes in YAML is valid by the schema that it writes beside it.
func TestInitYAMLIsValid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env, _, errs := testEnv("-C", dir, "init", "--yaml", "--name", "p")
	if code := Run(t.Context(), env); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "fleet.twin.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	modeline, _, _ := strings.Cut(string(text), "\n")
	file, ok := strings.CutPrefix(modeline, "# yaml-language-server: $schema=")
	if !ok {
		t.Fatalf("the first line is %q", modeline)
	}
	written, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	if want, err := config.JSONSchema(); err != nil || !bytes.Equal(written, want) {
		t.Errorf("%s is not the schema that this version prints (%v)", file, err)
	}
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := printed(t, "config").Validate(parsed(t, string(asJSON))); err != nil {
		t.Error(err)
	}
}

// A pipeline stands at the root of the repository and works in the project's
// directory.
func TestInitInRepository(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	env, out, errs := testEnv("-C", filepath.Join(root, "fleets", "north"), "init", "--ci", "github,gitlab")
	if code := Run(t.Context(), env); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for file, want := range map[string]string{
		".github/workflows/twinset.yml":    `working-directory: "fleets/north"`,
		".gitlab-ci.yml":                   `cd "fleets/north"`,
		"fleets/north/.gitignore":          ".twinset/",
		"fleets/north/fleet.twin.hcl":      `project "north"`,
		"fleets/north/azure-pipelines.yml": "",
	} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if want == "" {
			if err == nil {
				t.Errorf("%s was made", file)
			}
			continue
		}
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, want it to hold %s; init said %s", file, err, want, out)
		}
	}
	for _, name := range []string{"a'b", `a"b`, "a$b", "a\nb"} {
		if _, err := samplePipeline("gitlab", name); err == nil {
			t.Errorf("the directory %q is written into a pipeline", name)
		}
	}
}
