package remote

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/twinset/twinset/internal/hub"
	"github.com/twinset/twinset/internal/inorder"
	"github.com/twinset/twinset/schema"
)

// Queries for everything that a hub holds. ORDER BY does not exist (FACTS §5), so
// the answers are sorted here.
const (
	queryModules = "SELECT * FROM devices.modules"
	pageSize     = 100 // the size that is known to work (FACTS §5)
)

func (r *Remote) readKind(ctx context.Context, k schema.Kind, read *int, yield func(schema.Object, error) bool) bool {
	for _, w := range r.ways {
		if w.Kind == k {
			return r.readBy(ctx, w, read, yield)
		}
	}
	return r.pages(ctx, queryOf(k), read, yield)
}

func (r *Remote) pages(ctx context.Context, query string, read *int, yield func(schema.Object, error) bool) bool {
	for found, err := range answer(ctx, r.client, query, inorder.Cores(), r.fromRow) {
		for _, o := range found {
			if o.Scope != "" {
				r.scopes.Store(o.Addr.ID, o.Scope)
			}
			if !yield(o, nil) {
				return false
			}
		}
		if err != nil {
			yield(schema.Object{}, err)
			return false
		}
		*read += len(found)
		r.observe(*read)
	}
	return true
}

// answer yields, page by page, what is made of the rows of a query's answer. While the
// next page is on its way, as many pages as there are workers are converted; so many
// are asked for before anybody has seen the first, and one more.
func answer[T any](ctx context.Context, c *hub.Client, query string, workers int, of func(row json.RawMessage) (T, error)) iter.Seq2[[]T, error] {
	pages := func(ctx context.Context) iter.Seq2[hub.Page, error] { return c.Query(ctx, query, pageSize) }
	return inorder.Map(ctx, workers, pages, func(_ context.Context, p hub.Page) ([]T, error) {
		out := make([]T, 0, len(p.Items))
		for _, row := range p.Items {
			v, err := of(row)
			if err != nil {
				return out, err
			}
			out = append(out, v)
		}
		return out, nil
	})
}

// fromRow converts a row of a query answer, with the reported properties that are kept.
func (r *Remote) fromRow(item json.RawMessage) (schema.Object, error) {
	o, err := fromItem(item)
	if err != nil || len(r.reported) == 0 {
		return o, err
	}
	reported, err := reportedOf(item)
	if err == nil {
		err = r.keepReported(&o, reported)
	}
	return o, err
}
