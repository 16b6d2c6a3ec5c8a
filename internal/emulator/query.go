package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// Page sizes: the service's maximum is unverified (FACTS §5).
const (
	defaultPage = 100
	maxPage     = 1000
)

// queryDevices is POST /devices/query (FACTS §5). The service answers from an index that lags; this one does not.
func (h *Hub) queryDevices(c *call) (reply, *fault) {
	var in struct{ Query string }
	if err := json.Unmarshal(c.body, &in); err != nil {
		return reply{}, badRequest()
	}
	q, err := parseQuery(in.Query)
	if err != nil {
		return reply{}, err
	}
	size := pageSize(c.header.Get("x-ms-max-item-count"))
	start, err := readContinuation(c.header.Get("x-ms-continuation"), in.Query, size)
	if err != nil {
		return reply{}, err
	}
	rows := &h.store.devices
	if q.modules {
		rows = &h.store.modules
	}
	if q.count != "" {
		return q.counted(rows), nil
	}
	rep, last := q.page(rows, start, size)
	if last != "" {
		rep.continuation = makeContinuation(in.Query, size, last)
	}
	return rep, nil
}

func pageSize(header string) int {
	n, err := strconv.Atoi(header)
	if err != nil || n < 1 {
		return defaultPage
	}
	return min(n, maxPage)
}

func (q *query) selects(r *record) bool {
	if q.where == nil {
		return true
	}
	v := q.where.eval(r)
	return v.kind == boolean && v.text == "true"
}

func (q *query) counted(rows *index) reply {
	n := 0
	if q.where == nil {
		n = rows.size
	} else {
		for r := range rows.after("") {
			if q.selects(r) {
				n++
			}
		}
	}
	row := node{kind: object, kids: []member{{q.count, intNode(int64(n))}}}
	rep := ok(append(row.append([]byte{'['}), ']'))
	rep.itemType, rep.items = "Raw", 1
	return rep
}

// page renders up to size rows after the key start. next is the key to go on after when there are records left; the
// page that it leads to may turn out empty, as it may on the service (FACTS §5).
func (q *query) page(rows *index, start string, size int) (rep reply, next string) {
	b := make([]byte, 0, 1024*min(size, 1+rows.size))
	b = append(b, '[')
	items, last := 0, ""
	for r := range rows.after(start) {
		if items == size {
			next = last
			break
		}
		if !q.selects(r) {
			continue
		}
		if items > 0 {
			b = append(b, ',')
		}
		b = q.appendRow(b, r)
		items++
		last = r.key
	}
	rep = ok(append(b, ']'))
	rep.items, rep.itemType = items, "Raw"
	if q.star {
		rep.itemType = "Twin"
	}
	return rep, next
}

// appendRow writes a twin, or the columns that are there.
func (q *query) appendRow(b []byte, r *record) []byte {
	if q.star {
		return r.appendTwin(b)
	}
	row := node{kind: object, kids: make([]member, 0, len(q.columns))}
	for _, c := range q.columns {
		if v := c.path.eval(r); v.kind != absent {
			row.kids = append(row.kids, member{c.name, v})
		}
	}
	return row.append(b)
}

// A continuation token names the query and page size it belongs to, since a request must repeat both (FACTS §5), and
// the key to go on after, so that rows coming and going elsewhere do not shift a page.
func makeContinuation(query string, size int, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(queryDigest(query, size) + last))
}

func readContinuation(header, query string, size int) (string, *fault) {
	if header == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return "", badRequest()
	}
	last, found := strings.CutPrefix(string(raw), queryDigest(query, size))
	if !found || last == "" {
		return "", badRequest()
	}
	return last, nil
}

func queryDigest(query string, size int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(size) + " " + query))
	return hex.EncodeToString(sum[:12])
}
