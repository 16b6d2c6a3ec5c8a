package emulator

import (
	"fmt"
	"net/http"
	"time"
)

// quota counts the messages of a day (FACTS §10.4). It starts at 0 with the process.
type quota struct {
	messages int // allowed
	day      int64
	spent    int
}

const secondsPerDay = 24 * 60 * 60

func (q *quota) turn(now time.Time) {
	if day := now.Unix() / secondsPerDay; day != q.day {
		q.day, q.spent = day, 0
	}
}

func (q *quota) spend(now time.Time, n int) {
	q.turn(now)
	q.spent += n
}

// refuse returns 403002 when the day's messages are used up. Its text is unverified, and that registry, configuration
// and job operations, which cost nothing, go on.
func (q *quota) refuse(now time.Time) *fault {
	q.turn(now)
	if q.spent < q.messages {
		return nil
	}
	return &fault{
		status: http.StatusForbidden, code: 403002, name: "IotHubQuotaExceeded",
		text: fmt.Sprintf("Total number of messages exceeded the allocated quota. Max allowed message count: %d, current message count: %d.", q.messages, q.spent),
	}
}

// billed reports the classes that cost messages (FACTS §10.4).
func billed(class operation) bool {
	switch class {
	case queries, twinReads, twinUpdates, methodCalls:
		return true
	case unlimited, registry, jobOperations, configurationOperations:
	}
	return false
}

// messages is what a successful operation costs: reads by the size of the answer, writes by that of the request, methods
// by both (FACTS §10.4; which side of a write counts is unverified).
func messages(class operation, block, request, answer int) int {
	switch class {
	case twinUpdates:
		return max(1, blocks(request, block))
	case methodCalls:
		return max(1, blocks(request, block)) + blocks(answer, block)
	case queries, twinReads, unlimited, registry, jobOperations, configurationOperations:
	}
	return max(1, blocks(answer, block))
}

func blocks(size, block int) int { return (size + block - 1) / block }
