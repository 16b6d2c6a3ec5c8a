package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pipeline is a sample for a CI system: its name on the command line, which is
// also that of the sample, and where the system looks for it.
type pipeline struct{ name, file string }

func knownPipelines() []pipeline {
	return []pipeline{
		{"github", ".github/workflows/twinset.yml"},
		{"azdo", "azure-pipelines.yml"},
		{"gitlab", ".gitlab-ci.yml"},
	}
}

// pipelines are the files for the systems that --ci names.
func (g *global) pipelines(wanted []string) ([]newFile, error) {
	known := knownPipelines()
	for _, name := range wanted {
		if !slices.ContainsFunc(known, func(p pipeline) bool { return p.name == name }) {
			return nil, fmt.Errorf("--ci %s: it is github, azdo or gitlab", name)
		}
	}
	up, down, err := g.repository()
	if err != nil {
		return nil, err
	}
	var files []newFile
	for _, p := range known {
		if !slices.Contains(wanted, p.name) {
			continue
		}
		text, err := samplePipeline(p.name, down)
		if err != nil {
			return nil, err
		}
		files = append(files, newFile{
			path: filepath.Join(g.dir(), up, filepath.FromSlash(p.file)), text: text,
			advice: fmt.Sprintf("for the sample, run twinset init --ci %s in an empty directory", p.name),
		})
	}
	return files, nil
}

// plainPath stands in YAML and shell text as it is.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./+@ -]+$`)

// samplePipeline is the pipeline of a project in a directory of the repository.
func samplePipeline(name, dir string) (string, error) {
	if !plainPath.MatchString(dir) {
		return "", fmt.Errorf("a pipeline for the directory %q would have to quote its name; use letters, digits, spaces and _./+@-", dir)
	}
	text, err := fs.ReadFile(skeleton, "skeleton/ci/"+name+".yml")
	if err != nil {
		return "", err
	}
	return strings.NewReplacer("TWINSET_RELEASE", "v"+version, "PROJECT_DIR", dir).Replace(string(text)), nil
}

// repository finds the git repository that holds the project: the way up to its
// root and down again. Without one the project's directory is the root.
func (g *global) repository() (up, down string, err error) {
	dir, err := filepath.Abs(g.dir())
	if err != nil {
		return "", "", fmt.Errorf("make project: %w", err)
	}
	if root := repositoryRoot(dir); root != "" {
		return ways(root, dir)
	}
	return ".", ".", nil
}

// repositoryRoot is the nearest directory above an absolute path, or itself,
// that is the root of a git repository; empty when there is none.
func repositoryRoot(dir string) string {
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			return root
		}
		if root == filepath.Dir(root) {
			return ""
		}
	}
}

func ways(root, dir string) (up, down string, err error) {
	if up, err = filepath.Rel(dir, root); err != nil {
		return "", "", fmt.Errorf("make project: %w", err)
	}
	if down, err = filepath.Rel(root, dir); err != nil {
		return "", "", fmt.Errorf("make project: %w", err)
	}
	return up, filepath.ToSlash(down), nil
}
