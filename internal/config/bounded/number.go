package bounded

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNumber is what the errors about numbers are.
var ErrNumber = errors.New("number out of range")

// numberError is an error about a number.
type numberError string

func (e numberError) Error() string { return string(e) }

func (numberError) Is(target error) bool { return target == ErrNumber }

var (
	errLongNumber = numberError(fmt.Sprintf("a number may have %d characters", maxNumberText))
	errInfinite   = numberError("a number is infinite, as after a division by zero")
	errOutOfRange = numberError(fmt.Sprintf("a number must be between 1e-%d and 1e%d, or below zero between -1e%d and -1e-%d", maxExponent, maxExponent, maxExponent, maxExponent))
)

// CheckNumber refuses the text of a number that would be too long or too large
// to compute with. Text that is no number at all passes.
func CheckNumber(text string) error {
	if len(text) > maxNumberText {
		return errLongNumber
	}
	e := strings.IndexAny(text, "eE")
	if e < 0 {
		return nil
	}
	n, err := strconv.Atoi(text[e+1:])
	if errors.Is(err, strconv.ErrRange) || err == nil && (n > maxExponent || n < -maxExponent) {
		return errOutOfRange
	}
	return nil
}

// checkFloat refuses a number outside of the same range.
func checkFloat(f *big.Float) error {
	if f.IsInf() {
		return errInfinite
	}
	if e := f.MantExp(nil); f.Sign() != 0 && (e > maxBits || e < -maxBits) {
		return errOutOfRange
	}
	return nil
}

// Sentence is an error as the detail of a diagnostic.
func Sentence(err error) string {
	s := err.Error()
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:] + "."
}
