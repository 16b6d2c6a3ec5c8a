package config

// catalogued is a kind of diagnostic. The list in docs/diagnostics.md is written
// from the catalog, and SARIF reports carry it as their rules.
type catalogued struct {
	Summary string
	Means   string // what is wrong
	Mend    string // what to do about it
}

// chapter is a part of the catalog.
type chapter struct {
	Title   string
	Entries []catalogued
}

// catalog lists every summary that checking or converting a configuration or a test
// can give.
func catalog() []chapter {
	return []chapter{
		{"Files", fileEntries()},
		{"Syntax of HCL and of expressions", syntaxEntries()},
		{"Syntax of YAML and JSON", yamlEntries()},
		{"Blocks and arguments", blockEntries()},
		{"Project and environments", projectEntries()},
		{"Variables, local values, outputs and policies", valueEntries()},
		{"Evaluation of expressions", expressionEntries()},
		{"Profiles and instances", instanceEntries()},
		{"Import, moved and removed", moveEntries()},
		{"Overlays", overlayEntries()},
		{"Secrets", secretEntries()},
		{"Devices and modules", objectEntries()},
		{"Configurations and deployments", targetingEntries()},
		{"Tests", testEntries()},
		{"Converting", convertEntries()},
	}
}

func catalogEntry(summary string) (catalogued, bool) {
	for _, c := range catalog() {
		for _, e := range c.Entries {
			if e.Summary == summary {
				return e, true
			}
		}
	}
	return catalogued{}, false
}
