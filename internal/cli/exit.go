package cli

import (
	"errors"
	"fmt"
)

// Exit codes, the whole table. Codes above 2 appear only where terraform would
// say 1, so that checks written for it go on working.
const (
	exitOK          = 0   // done, or nothing to do
	exitError       = 1   // configuration, credentials, network, usage
	exitChanges     = 2   // plan --detailed-exitcode: there are changes; drift: there is drift
	exitPartial     = 3   // apply: something failed, the rest was applied
	exitStale       = 4   // apply: the hub is not as the saved plan found it
	exitRefused     = 5   // a guard, a protected environment, a policy, a contested or foreign field
	exitInterrupted = 130 // Ctrl-C
)

// codeError is an error that has said, or says, what is wrong and names the code
// that the process ends with. Err is nil when everything has been said.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// exit ends the command with a code; what is wrong has been said.
func exit(code int) error { return &codeError{code: code} }

// exitWith ends the command with a code and says why.
func exitWith(code int, format string, args ...any) error {
	return &codeError{code: code, err: fmt.Errorf(format, args...)}
}

// exitCode finds the code of an error, and whether it is still to be printed.
func exitCode(err error) (code int, say bool) {
	if err == nil {
		return exitOK, false
	}
	if coded, ok := errors.AsType[*codeError](err); ok {
		return coded.code, coded.err != nil
	}
	return exitError, true
}
