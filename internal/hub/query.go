package hub

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strconv"
)

// Headers of queries (FACTS §5).
const (
	headerContinuation = "X-Ms-Continuation"
	headerItemType     = "X-Ms-Item-Type"
	headerPageSize     = "X-Ms-Max-Item-Count"
)

// Page is one answer of a query.
type Page struct {
	// Items are the rows, undecoded. They are parts of one buffer: keeping an item
	// keeps the page.
	Items    []json.RawMessage
	ItemType string // "Twin", "Raw" for projections, "DeviceJob"
	Next     string // continuation token; empty on the last page
}

// Query runs a query page by page. pageSize is a wish: the hub may return fewer
// rows, even none, while there are more to come (FACTS §5); 0 leaves it to the hub.
// The sequence ends after the last page or the first error. Rows come from an index
// that lags behind and may show what is gone.
func (c *Client) Query(ctx context.Context, q string, pageSize int) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		for token := ""; ; {
			page, err := c.page(ctx, q, pageSize, token)
			if err != nil {
				yield(Page{}, err)
				return
			}
			if !yield(page, nil) || page.Next == "" {
				return
			}
			token = page.Next
		}
	}
}

// page asks for the page at a token, with the same query and page size each time
// (FACTS §5).
func (c *Client) page(ctx context.Context, q string, pageSize int, token string) (Page, error) {
	k := &call{
		op: "run query", class: ClassQuery, units: 1, needs: rightQuery,
		method: http.MethodPost, path: pathOf("devices", "query"), header: map[string]string{},
	}
	if err := k.encode(map[string]string{"query": q}); err != nil {
		return Page{}, err
	}
	if pageSize > 0 {
		k.header[headerPageSize] = strconv.Itoa(pageSize)
	}
	if token != "" {
		k.header[headerContinuation] = token
	}
	r, err := c.exchange(ctx, k)
	if err != nil {
		return Page{}, err
	}
	if err := c.accept(k, r); err != nil {
		return Page{}, err
	}
	next := r.header.Get(headerContinuation)
	if next != "" && next == token {
		return Page{}, k.unreadable(errors.New("its continuation token leads back to the same page"))
	}
	items, err := splitArray(r.body)
	if err != nil {
		return Page{}, k.unreadable(err)
	}
	return Page{Items: items, ItemType: r.header.Get(headerItemType), Next: next}, nil
}
