package config

import "testing"

func TestAllowsVersion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		constraints, version string
		want                 bool
	}{
		{"1.2.3", "1.2.3", true},
		{"= 1.2", "1.2.0", true},
		{"= 1.2", "1.2.1", false},
		{"!= 1.2", "1.2.1", true},
		{">= 0.1", "0.1.0", true},
		{">= 0.1", "0.0.9", false},
		{"> 1", "1.0.0", false},
		{"< 2, >= 1", "1.9.9", true},
		{"< 2, >= 1", "2.0.0", false},
		{"<= 2", "2.0.1", false},
		{"~> 1.2", "1.9.0", true},
		{"~> 1.2", "2.0.0", false},
		{"~> 1.2", "2.0.0-rc.1", false},
		{"~> 1.2.3", "1.2.9", true},
		{"~> 1.2.3", "1.3.0", false},
		{"~> 1", "1.5.0", true},
		{"~> 1", "2.0.0", false},
		{">= 1.0.0-rc.2", "1.0.0-rc.10", true},
		{">= 1.0.0", "1.0.0-rc.1", false},
		{">= 1.0.0-alpha", "1.0.0-1", false},
		{"1.0.0", "v1.0.0+build.5", true},
	}
	for _, tt := range tests {
		t.Run(tt.constraints+" "+tt.version, func(t *testing.T) {
			t.Parallel()
			v, ok := parseVersion(tt.version)
			if !ok {
				t.Fatalf("cannot read version %s", tt.version)
			}
			got, err := allowsVersion(tt.constraints, v)
			if err != nil || got != tt.want {
				t.Errorf("got %v (%v), want %v", got, err, tt.want)
			}
		})
	}
}

func TestInvalidConstraints(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", ">=", "=> 1", "1.x", ">= 1,", "~> one", "1.2.3.4"} {
		if _, err := allowsVersion(s, version{}); err == nil {
			t.Errorf("%q: got no error, want one", s)
		}
	}
}

func TestDevelopmentBuildMeetsEveryConstraint(t *testing.T) {
	t.Parallel()
	dir := project(t, map[string]string{"a.twin.hcl": "project \"p\" { required_version = \">= 9\" }\n"})
	for _, v := range []string{"", "dev", "(devel)"} {
		if _, diags := Load(dir, Options{Version: v}); diags.HasErrors() {
			t.Errorf("version %q: got %v, want no error", v, diags)
		}
	}
}
