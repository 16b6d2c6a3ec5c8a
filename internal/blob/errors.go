package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Error is a request to a container that did not succeed. It prints as one line
// without the SAS.
type Error struct {
	Op     string // read, write or delete
	Name   string // of the blob
	URL    string // of the container
	Status int    // 0: there was no answer
	Code   string // of the storage service, such as ContainerNotFound
	hint   string
	cause  error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s blob %s in %s: ", e.Op, e.Name, e.URL)
	if e.Status != 0 {
		text += strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Code))
	}
	return text + e.hint
}

// Unwrap gives the end of the context, and nothing that might hold a SAS.
func (e *Error) Unwrap() error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(e.cause, known) {
			return known
		}
	}
	return nil
}

// NotFound tells that the blob does not exist, in a container that does.
func (e *Error) NotFound() bool { return e.Code == "BlobNotFound" }

func isAbsent(err error) bool {
	answer, ok := errors.AsType[*azcore.ResponseError](err)
	return ok && answer.StatusCode == http.StatusNotFound && answer.ErrorCode == "BlobNotFound"
}

// explain says in one line what the storage answered, and what helps. The SDK's own
// text holds the URL with the SAS.
func (c *Container) explain(op, name string, err error) error {
	e := &Error{Op: op, Name: name, URL: c.url, cause: err}
	if answer, ok := errors.AsType[*azcore.ResponseError](err); ok {
		e.Status, e.Code = answer.StatusCode, answer.ErrorCode
		e.hint = c.answered(e)
		return e
	}
	e.hint = c.unanswered(err)
	return e
}

func (c *Container) answered(e *Error) string {
	switch {
	case e.Code == "ContainerNotFound":
		return ": there is no such container. Create it, or correct container in the jobs block of the environment"
	case e.Code == "BlobNotFound":
		return ": there is no such blob"
	case e.Status == http.StatusForbidden && c.sas != "":
		return ": the SAS does not open the container: it must be one of this container, be valid now and have the permissions racwdl, and the account's network must let you in"
	case e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized:
		return ": the signed-in identity needs the role Storage Blob Data Contributor, and the account's network must let you in"
	default:
		return ""
	}
}

func (c *Container) unanswered(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "no such host; check the name of the storage account"
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	if c.sas != "" {
		text = strings.ReplaceAll(text, c.sas, "(hidden)")
	}
	if c.cred != nil {
		text += "; sign in with az login or set the AZURE_* variables, or give a SAS"
	}
	return text
}
