package remote

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twinset/twinset/schema"
)

// Survey is what the index tells of the devices or the modules of a hub before they
// are read.
type Survey struct {
	Kind    schema.Kind
	Count   int64         // as many rows does the whole query have
	Queries []string      // what it can be cut into: disjoint, and complete as far as the language goes
	Largest int64         // rows of the largest of these
	Latency time.Duration // of an answer
}

const (
	// maxValues and maxValueText bound what a query names: its text has 8192 characters
	// at most (FACTS §5).
	maxValues    = 64
	maxValueText = 6000
)

// Survey counts the objects of a kind.
func (r *Remote) Survey(ctx context.Context, k schema.Kind) (Survey, error) {
	s := Survey{Kind: k, Queries: []string{queryOf(k)}}
	began := r.now()
	rows, _, err := r.groups(ctx, fmt.Sprintf("SELECT COUNT() AS n FROM %s", sourceOf(k)))
	if err != nil || len(rows) != 1 {
		return s, err
	}
	s.Count, s.Largest, s.Latency = rows[0].N, rows[0].N, r.now().Sub(began)
	return s, nil
}

// Cut cuts the query for all objects into about so many by the values of a tag: the one
// of those given by which the largest part is smallest. Where none of them has values
// to cut by, there is still one query.
func (r *Remote) Cut(ctx context.Context, s Survey, most int, by []schema.Path) (Survey, error) {
	if most < 2 {
		return s, nil
	}
	k := s.Kind
	for _, p := range by {
		if !plain(p) {
			continue
		}
		rows, whole, err := r.groups(ctx, fmt.Sprintf("SELECT %s AS v, COUNT() AS n FROM %s GROUP BY %[1]s", p, sourceOf(k)))
		if err != nil {
			return s, err
		}
		if queries, largest := cut(k, p, rows, s.Count, most); whole && len(queries) > 0 && largest < s.Largest {
			s.Queries, s.Largest = queries, largest
		}
	}
	return s, nil
}

func sourceOf(k schema.Kind) string {
	if k == schema.KindModule {
		return "devices.modules"
	}
	return "devices"
}

func queryOf(k schema.Kind) string { return "SELECT * FROM " + sourceOf(k) }

// plain tells whether the query language takes a path without quotes.
func plain(p schema.Path) bool {
	for _, name := range p {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
			return false
		}
	}
	return true
}

// group is a row of a count.
type group struct {
	V any   `json:"v"`
	N int64 `json:"n"`
}

// groups runs a query that counts, and tells whether its rows are on one page.
func (r *Remote) groups(ctx context.Context, query string) (rows []group, whole bool, err error) {
	for page, err := range r.client.Query(ctx, query, pageSize) {
		if err != nil {
			return nil, false, err
		}
		for _, item := range page.Items {
			var g group
			if err := json.Unmarshal(item, &g); err != nil {
				return nil, false, fmt.Errorf("read query answer: %w", err)
			}
			rows = append(rows, g)
		}
		if page.Next != "" && len(rows) >= maxValues {
			return rows, false, nil
		}
	}
	return rows, true, nil
}

// cut makes queries for the values of a tag, and one for everything else, such as
// objects without the tag. It makes none when there are values that are no text: how
// the hub compares them with text is unverified (FACTS §5).
func cut(k schema.Kind, p schema.Path, rows []group, count int64, most int) (queries []string, largest int64) {
	var named []string
	var texts []group
	size := 0
	slices.SortStableFunc(rows, func(a, b group) int { return cmp.Compare(b.N, a.N) })
	for _, g := range rows {
		v, text := g.V.(string)
		if !text && g.V != nil {
			return nil, count
		}
		if size += len(quote(v)) + 1; v == "" || len(texts) == maxValues || size > maxValueText {
			continue
		}
		texts, named, count = append(texts, g), append(named, quote(v)), count-g.N
	}
	if len(texts) == 0 {
		return nil, count
	}
	bins := make([]group, min(most, len(texts)))
	values := make([][]string, len(bins))
	for i, g := range texts {
		b := 0
		for j := range bins {
			if bins[j].N < bins[b].N {
				b = j
			}
		}
		bins[b].N += g.N
		values[b] = append(values[b], named[i])
	}
	for i, b := range bins {
		queries = append(queries, fmt.Sprintf("%s WHERE %s IN [%s]", queryOf(k), p, strings.Join(values[i], ",")))
		largest = max(largest, b.N)
	}
	rest := fmt.Sprintf("%s WHERE NOT IS_DEFINED(%s) OR NOT (%[2]s IN [%s])", queryOf(k), p, strings.Join(named, ","))
	return append(queries, rest), max(largest, count)
}
