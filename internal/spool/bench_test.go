package spool

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkSpool sorts 100,000 documents of a typical size, in memory and
// through a dozen runs on disk.
func BenchmarkSpool(b *testing.B) {
	const records, valueSize = 100_000, 440
	rnd := rand.New(rand.NewPCG(1, 2))
	keys := make([][]byte, records)
	for i, n := range rnd.Perm(records) {
		keys[i] = fmt.Appendf(nil, "device-%07d", n)
	}
	value := make([]byte, valueSize)
	for _, bench := range []struct {
		name   string
		budget int
	}{{"memory", 0}, {"disk", 4 << 20}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(records * int64(len(keys[0])+valueSize))
			for b.Loop() {
				sortAll(b, bench.budget, keys, value)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

func sortAll(b *testing.B, budget int, keys [][]byte, value []byte) {
	s := newSorter(b, Options{Budget: budget})
	for _, key := range keys {
		if err := s.Add(key, value); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for _, err := range s.Sorted() {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if n != len(keys) {
		b.Fatalf("got %d records, want %d", n, len(keys))
	}
}
