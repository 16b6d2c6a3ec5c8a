//go:build unix

package config

import (
	"syscall"
	"time"
)

// processorTime is what the process has used so far, on all cores, the collector
// included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
