package cli

import "testing"

func TestMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]memory{"1MB": 1 << 20, "64MiB": 64 << 20, "2GB": 2 << 30, "64GiB": 64 << 30} {
		m := defaultMemory
		if err := m.Set(text); err != nil || m != want {
			t.Errorf("%s: got %d, %v, want %d", text, m, err, want)
		}
	}
	for _, text := range []string{"", "128", "0MB", "-1MB", "65GB", "1.5GB", "MB", "1KB", "99999999999GB"} {
		m := defaultMemory
		if err := m.Set(text); err == nil || m != defaultMemory {
			t.Errorf("%s: got %d, %v, want an error", text, m, err)
		}
	}
}
