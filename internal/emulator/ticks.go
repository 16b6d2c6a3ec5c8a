package emulator

import (
	"strconv"
	"time"
)

// ticks is a moment as .NET counts it: units of 100 ns since 0001-01-01 UTC. Zero is the service's "never"
// (FACTS §1.1).
type ticks int64

const (
	ticksPerSecond = 10_000_000
	unixEpochTicks = 621_355_968_000_000_000
)

// The two ways in which the service prints a moment, depending on the verb (FACTS §1.1, §12 no. 14).
const (
	trimmedTime = "2006-01-02T15:04:05.9999999Z"
	paddedTime  = "2006-01-02T15:04:05.0000000Z"
)

func toTicks(t time.Time) ticks {
	return ticks(t.Unix()*ticksPerSecond + int64(t.Nanosecond())/100 + unixEpochTicks)
}

func (t ticks) time() time.Time {
	n := int64(t) - unixEpochTicks
	seconds := n / ticksPerSecond
	rest := n % ticksPerSecond
	if rest < 0 {
		seconds, rest = seconds-1, rest+ticksPerSecond
	}
	return time.Unix(seconds, rest*100).UTC()
}

func (t ticks) format(layout string) string { return t.time().Format(layout) }

// append writes the quoted JSON form of t with trailing zeros trimmed: what Format makes of trimmedTime, in a quarter
// of the time. A twin has a hundred of them.
func (t ticks) append(b []byte) []byte {
	at := t.time()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	b = append(b, '"')
	b = appendDigits(b, year, 4, '-')
	b = appendDigits(b, int(month), 2, '-')
	b = appendDigits(b, day, 2, 'T')
	b = appendDigits(b, hour, 2, ':')
	b = appendDigits(b, minute, 2, ':')
	b = appendDigits(b, second, 2, '.')
	b = appendDigits(b, at.Nanosecond()/100, 7, 'Z')
	end := len(b) - 1
	for b[end-1] == '0' {
		end--
	}
	if b[end-1] == '.' {
		end--
	}
	return append(b[:end], 'Z', '"')
}

// appendDigits writes n with leading zeros, and a separator.
func appendDigits(b []byte, n, width int, separator byte) []byte {
	b = append(b, "0000000"[:width]...)
	for i := len(b) - 1; n > 0 && width > 0; i, n, width = i-1, n/10, width-1 {
		b[i] = byte('0' + n%10)
	}
	return append(b, separator)
}

// decimal is the form of a generation id: 18 decimal digits (FACTS §1.1).
func (t ticks) decimal() string { return strconv.FormatInt(int64(t), 10) }
