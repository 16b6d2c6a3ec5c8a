package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twinset/twinset/internal/config"
	"github.com/twinset/twinset/internal/config/testfile"
)

// fmtFiles are the files that are named, and those of the project's kinds in the
// directories that are. Without arguments that is the project's directory.
func (g *global) fmtFiles(args []string, o fmtCmd) ([]string, error) {
	if len(args) == 0 {
		args = []string{g.dir()}
	}
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("format: %w", err)
		}
		found := []string{filepath.Clean(arg)}
		if info.IsDir() {
			if found, err = formattable(arg, o.recursive); err != nil {
				return nil, fmt.Errorf("format: %w", err)
			}
		} else if !slices.Contains([]string{".hcl", ".yaml", ".yml", ".json"}, filepath.Ext(arg)) {
			return nil, fmt.Errorf("format %s: its name ends with none of .hcl, .yaml, .yml and .json", arg)
		}
		for _, file := range found {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

func isFormattable(name string) bool {
	return config.IsConfigFile(name) || testfile.IsTestFile(name) || config.IsVarsFile(name)
}

// formattable lists the files of a directory, sorted, and of those below it.
// Symbolic links to directories are not followed.
func formattable(dir string, recursive bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && (!recursive || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case !e.IsDir() && isFormattable(e.Name()):
			files = append(files, filepath.Clean(path))
		}
		return nil
	})
	return files, err
}
