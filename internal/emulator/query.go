package emulator

import (
	"encoding/json"
	"errors"
	"iter"
	"strconv"

	"github.com/twinset/twinset/internal/emulator/query"
)

// Page sizes: the service's maximum is unverified (FACTS §5).
const (
	defaultPage = 100
	maxPage     = 1000
)

// twinBytes is the usual size of a twin in JSON.
const twinBytes = 1280

// documents are the rows of a source: how many there are, and those after a key, by the order of their keys, each with
// its own.
type documents struct {
	size  int
	after func(key string) iter.Seq2[string, query.Document]
}

// queryDevices is POST /devices/query (FACTS §5). The service answers from an index that lags; this one does when it is
// awkward.
func (h *Hub) queryDevices(c *call) (reply, *fault) {
	var in struct{ Query *string }
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	if in.Query == nil { // issue Azure/azure-iot-sdks#941
		return reply{}, badRequestNamed(400005, "ArgumentNull", "BadRequest")
	}
	parsed, err := query.Parse(*in.Query)
	if err != nil {
		return reply{}, queryFault(err)
	}
	plan := parsed.Plan()
	p := &page{limit: pageSize(c.header.Get("x-ms-max-item-count")), at: cursor{left: plan.Top}}
	if token := c.header.Get("x-ms-continuation"); token != "" {
		if p.at, err = readContinuation(token, *in.Query, p.limit, plan.Top); err != nil {
			return reply{}, badRequest()
		}
	}
	p.size = h.awkward.shortened(p.limit)
	p.fill(plan, h.documents(plan.Source, c.now))
	rep := ok(append(p.body, ']'))
	rep.items, rep.itemType = p.items, itemType(plan)
	if p.more {
		if p.items == 0 {
			p.at.idle++
		}
		rep.continuation = makeContinuation(*in.Query, p.limit, p.at)
	}
	return rep, nil
}

// documents returns the rows of a source. They must be read under the hub's lock.
func (h *Hub) documents(s query.Source, now ticks) documents {
	switch s {
	case query.Modules:
		return h.awkward.lagging(&h.store.modules, true, now)
	case query.Jobs:
		return documents{h.store.jobs.size(), h.deviceJobs}
	case query.Devices:
	}
	return h.awkward.lagging(&h.store.devices, false, now)
}

// queryFault is the service's answer to a text that the query language refuses: it never says why (FACTS §5).
func queryFault(err error) *fault {
	var refused *query.Error
	if !errors.As(err, &refused) {
		return badRequest()
	}
	switch refused.Kind {
	case query.TooLong:
		return preconditionFailed(refused.Text)
	case query.NotEmulated:
		return notEmulated(refused.Text)
	case query.Malformed:
	}
	return badRequest()
}

func itemType(p *query.Plan) string {
	switch {
	case p.Source == query.Jobs:
		return "DeviceJob"
	case p.Star:
		return "Twin"
	}
	return "Raw"
}

// pageSize reads x-ms-max-item-count; the service may use another size than asked (FACTS §5).
func pageSize(header string) int {
	n, err := strconv.Atoi(header)
	if err != nil || n < 1 {
		return defaultPage
	}
	return min(n, maxPage)
}

// page is an answer in the making.
type page struct {
	body  []byte
	items int
	limit int // rows that were asked for
	size  int // rows that it gets
	at    cursor
	more  bool // rows are left for another page
}

func (p *page) fill(plan *query.Plan, rows documents) {
	if plan.Star {
		p.body = make([]byte, 0, twinBytes*min(p.size, rows.size))
	}
	p.body = append(p.body, '[')
	if plan.Grouped {
		p.fillGroups(plan, rows)
		return
	}
	var row []query.Field
	for key, d := range rows.after(p.at.key) {
		if p.full(plan) {
			return
		}
		if !plan.Selects(d) {
			continue
		}
		p.begin(key)
		if plan.Star {
			p.body = d.AppendJSON(p.body)
			continue
		}
		row = plan.Row(row[:0], d)
		p.body = appendRow(p.body, row)
	}
}

// fillGroups counts everything again for each page; there are few pages of groups.
func (p *page) fillGroups(plan *query.Plan, rows documents) {
	groups := plan.Groups()
	for _, d := range rows.after("") {
		if plan.Selects(d) {
			groups.Add(d)
		}
	}
	for key, row := range groups.Rows(p.at.key) {
		if p.full(plan) {
			return
		}
		p.begin(key)
		p.body = appendRow(p.body, row)
	}
}

// full is asked before each row that could come next. A page may be full with rows left that turn out not to match, so
// that the page after it is empty, as it may be on the service (FACTS §5). TOP counts over all pages (unverified).
func (p *page) full(plan *query.Plan) bool {
	if plan.Top > 0 && p.at.left == 0 {
		return true
	}
	p.more = p.items == p.size
	return p.more
}

// begin notes that a row is being added.
func (p *page) begin(key string) {
	if p.items > 0 {
		p.body = append(p.body, ',')
	}
	p.items++
	p.at.key, p.at.idle = key, 0
	p.at.left = max(0, p.at.left-1)
}

func appendRow(b []byte, row []query.Field) []byte {
	b = append(b, '{')
	for i := range row {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, row[i].Name)
		b = append(b, ':')
		b = appendValue(b, &row[i].Value)
	}
	return append(b, '}')
}

func appendValue(b []byte, v *query.Value) []byte {
	switch v.Kind() {
	case query.String:
		return appendString(b, v.Text())
	case query.Number:
		return append(b, v.Literal()...)
	case query.Boolean:
		return strconv.AppendBool(b, v.Truth())
	case query.Object, query.Array:
		return v.Tree().AppendJSON(b)
	case query.Null, query.Undefined:
	}
	return append(b, "null"...)
}
