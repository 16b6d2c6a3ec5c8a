package emulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of talking to blob storage.
const (
	blockBytes    = 4 << 20
	blobPatience  = time.Minute // until the headers of an answer
	blobErrorText = 4 << 10
)

// container is a blob container, reached through a URI with a SAS in it. Reading, writing and deleting a block blob are
// one request each, for which the standard library will do. Its errors never hold the URI, which is a secret.
type container struct {
	base   *url.URL
	client *http.Client
}

func openContainer(uri string) (*container, error) {
	base, err := url.Parse(uri)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, errors.New("not the URI of a container")
	}
	return &container{base, &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: blobPatience},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (c *container) close() { c.client.CloseIdleConnections() }

// blobRefusal is an answer of the storage that is no success.
type blobRefusal struct {
	status int
	code   string // x-ms-error-code
}

func (e *blobRefusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("blob storage answered %d %s", e.status, e.code))
}

// do sends one request about a blob. more is further query parameters; the SAS goes first, as it came.
func (c *container) do(ctx context.Context, method, blob, more string, header map[string]string, body []byte) (*http.Response, error) {
	var segments []string
	for segment := range strings.SplitSeq(blob, "/") {
		segments = append(segments, url.PathEscape(segment))
	}
	target := c.base.Scheme + "://" + c.base.Host + strings.TrimSuffix(c.base.EscapedPath(), "/") + "/" + strings.Join(segments, "/") +
		"?" + strings.TrimPrefix(c.base.RawQuery+more, "&")
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("not the URI of a container")
	}
	for name, val := range header {
		req.Header.Set(name, val)
	}
	res, err := c.client.Do(req)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return nil, fmt.Errorf("reach blob storage: %w", wrapped.Err) // without the URI
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode < http.StatusMultipleChoices {
		return res, nil
	}
	_, _ = io.CopyN(io.Discard, res.Body, blobErrorText) // what matters is in the header
	return nil, errors.Join(&blobRefusal{res.StatusCode, res.Header.Get("x-ms-error-code")}, res.Body.Close())
}

// send is do for a request whose answer has no content.
func (c *container) send(ctx context.Context, method, blob, more string, header map[string]string, body []byte) error {
	res, err := c.do(ctx, method, blob, more, header, body)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

// read opens a blob. size is -1 when it is not known.
func (c *container) read(ctx context.Context, blob string) (content io.ReadCloser, size int64, err error) {
	res, err := c.do(ctx, http.MethodGet, blob, "", nil, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", blob, err)
	}
	return res.Body, res.ContentLength, nil
}

func (c *container) put(ctx context.Context, blob string, content []byte) error {
	header := map[string]string{"x-ms-blob-type": "BlockBlob", "Content-Type": "text/plain"}
	return c.send(ctx, http.MethodPut, blob, "", header, content)
}

// write makes or replaces a blob. Nothing shows before Close.
func (c *container) write(ctx context.Context, blob string) *blobWriter {
	return &blobWriter{ctx: ctx, container: c, blob: blob}
}

// blobWriter sends a blob in blocks, so that one of any size takes the memory of a block. A short one is one request.
type blobWriter struct {
	ctx       context.Context //nolint:containedctx // a writer has no other way to be told
	container *container
	blob      string
	buffer    []byte
	blocks    []string
}

func (w *blobWriter) Write(p []byte) (int, error) {
	w.buffer = append(w.buffer, p...)
	for len(w.buffer) >= blockBytes {
		if err := w.flush(w.buffer[:blockBytes]); err != nil {
			return 0, err
		}
		w.buffer = append(w.buffer[:0], w.buffer[blockBytes:]...)
	}
	return len(p), nil
}

func (w *blobWriter) flush(block []byte) error {
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%08d", len(w.blocks)))
	more := "&comp=block&blockid=" + url.QueryEscape(id)
	if err := w.container.send(w.ctx, http.MethodPut, w.blob, more, nil, block); err != nil {
		return fmt.Errorf("write %s: %w", w.blob, err)
	}
	w.blocks = append(w.blocks, id)
	return nil
}

// Close makes the blob appear.
func (w *blobWriter) Close() error {
	if len(w.blocks) == 0 {
		if err := w.container.put(w.ctx, w.blob, w.buffer); err != nil {
			return fmt.Errorf("write %s: %w", w.blob, err)
		}
		return nil
	}
	if len(w.buffer) > 0 {
		if err := w.flush(w.buffer); err != nil {
			return err
		}
	}
	list := `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>` + strings.Join(w.blocks, "</Latest><Latest>") + `</Latest></BlockList>`
	header := map[string]string{"x-ms-blob-content-type": "text/plain"}
	if err := w.container.send(w.ctx, http.MethodPut, w.blob, "&comp=blocklist", header, []byte(list)); err != nil {
		return fmt.Errorf("write %s: %w", w.blob, err)
	}
	return nil
}

// tryContainers finds out whether the containers can be used, as the service does before it takes a job (FACTS §7.2): a
// blob is written to the output container, read and deleted again; of the input container only reading is asked. A blob
// that is not there yet is no reason to refuse (unverified).
func (t *transfer) tryContainers(ctx context.Context) *fault {
	if err := tryOutput(ctx, t.output, "twinset-"+t.id+".tmp"); err != nil {
		return err
	}
	if t.kind == jobExport {
		return nil
	}
	return tryInput(ctx, t.input, t.inputBlob)
}

func tryOutput(ctx context.Context, uri, probe string) *fault {
	out, err := openContainer(uri)
	if err != nil {
		return containerInvalid("outputBlobContainerUri is " + err.Error())
	}
	defer out.close()
	if err := out.put(ctx, probe, nil); err != nil {
		return containerInvalid("Unauthorized to write to output blob container: " + err.Error())
	}
	readable := out.send(ctx, http.MethodHead, probe, "", nil, nil)
	if err := out.send(ctx, http.MethodDelete, probe, "", nil, nil); err != nil {
		return containerInvalid("Unauthorized to delete from output blob container: " + err.Error())
	}
	if readable != nil {
		return containerInvalid("Unauthorized to read from output blob container: " + readable.Error())
	}
	return nil
}

func tryInput(ctx context.Context, uri, blob string) *fault {
	in, err := openContainer(uri)
	if err != nil {
		return containerInvalid("inputBlobContainerUri is " + err.Error())
	}
	defer in.close()
	err = in.send(ctx, http.MethodHead, blob, "", nil, nil)
	var refused *blobRefusal
	if err == nil || errors.As(err, &refused) && refused.code == "BlobNotFound" {
		return nil
	}
	return containerInvalid("Unauthorized to read from input blob container: " + err.Error())
}
