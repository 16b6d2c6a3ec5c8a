package spool

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk writes to the kernel's always-full device.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSorter(t, Options{Dir: dir, Budget: 1})
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.spill = &spillFile{file: full, w: bufio.NewWriter(full)}

	got := s.Add([]byte("key"), []byte("value"))
	if !errors.Is(got, syscall.ENOSPC) || !strings.Contains(got.Error(), "sort on disk in "+dir) {
		t.Errorf("got %v, want %v naming %s", got, syscall.ENOSPC, dir)
	}
}
