package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// maxLines is where a file stops having one clear job.
const maxLines = 400

// checkImports reports every import that the table does not allow.
func checkImports(module string, t table, sources []source) []string {
	var problems []string
	for _, s := range sources {
		if _, listed := t[s.pkg]; !listed {
			continue // checkListed says so, once
		}
		for _, imported := range s.imports {
			path, ours := strings.CutPrefix(imported, module+"/")
			if t.allows(s.pkg, path, ours, s.test) {
				continue
			}
			p := fmt.Sprintf("%s: package %s must not import %s: %s", s.path, s.pkg, path, t[s.pkg].why)
			if homes := t.homes(path); len(homes) > 0 && !ours {
				p += fmt.Sprintf(" (%s is at home in %s)", path, strings.Join(homes, ", "))
			}
			problems = append(problems, p)
		}
	}
	return problems
}

// checkListed reports packages without a row and rows without a package.
func checkListed(t table, sources []source) []string {
	var problems []string
	found := map[string]bool{everyPackage: true}
	for _, s := range sources {
		if _, listed := t[s.pkg]; !listed && !found[s.pkg] {
			problems = append(problems, fmt.Sprintf(
				"package %s has no row in arch.txt: say what it may import, and why nothing else", s.pkg))
		}
		found[s.pkg] = true
	}
	for pkg := range t {
		if !found[pkg] {
			problems = append(problems, fmt.Sprintf("arch.txt has a row for %s, which does not exist: remove it", pkg))
		}
	}
	slices.Sort(problems)
	return problems
}

// checkDocs reports packages that do not have exactly one package doc. A
// directory that holds only tests needs none.
func checkDocs(sources []source) []string {
	docs := map[string][]source{}
	for _, s := range sources {
		if s.test || s.generated {
			continue
		}
		with := docs[s.pkg]
		if s.doc != "" {
			with = append(with, s)
		}
		docs[s.pkg] = with // an entry even without a doc
	}
	var problems []string
	for pkg, with := range docs {
		switch {
		case len(with) == 0:
			problems = append(problems, fmt.Sprintf(
				"package %s has no package doc: say in doc.go what it is for and what it must not know", pkg))
		case len(with) > 1:
			problems = append(problems, fmt.Sprintf(
				"package %s has a package doc in %s and in %s: keep one", pkg, with[0].path, with[1].path))
		case with[0].name != "main" && !strings.HasPrefix(with[0].doc, "Package "+with[0].name+" "):
			problems = append(problems, fmt.Sprintf("%s: the package doc must begin \"Package %s \"", with[0].path, with[0].name))
		}
	}
	slices.Sort(problems)
	return problems
}

// checkSizes reports files over maxLines, except those in allowed, which maps a
// path to the reason. A reason that is no longer needed is reported as well.
func checkSizes(sources []source, allowed map[string]string) []string {
	var problems []string
	needed := map[string]bool{}
	for _, s := range sources {
		if s.test || s.generated || s.lines <= maxLines {
			continue
		}
		needed[s.path] = true
		if allowed[s.path] == "" {
			problems = append(problems, fmt.Sprintf(
				"%s has %d lines, the limit is %d: find its second job and give it a file", s.path, s.lines, maxLines))
		}
	}
	for path := range allowed {
		if !needed[path] {
			problems = append(problems, fmt.Sprintf("%s needs no exception from the size limit any more: remove it", path))
		}
	}
	slices.Sort(problems)
	return problems
}
