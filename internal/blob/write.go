package blob

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
)

// blockBytes is the size of the blocks that a blob is sent in. A blob has 50,000 at
// most.
const blockBytes = 4 << 20

// Write makes or replaces a blob. It appears when all of it has been read; if reading
// fails, it does not, and the error is the reader's.
//
// The SDK's own upload of streams is not used: its buffers are unmapped when an answer
// comes before the body was sent, which the transport is still reading then.
func (c *Container) Write(ctx context.Context, name string, content io.Reader) error {
	client, err := c.client(name)
	if err != nil {
		return err
	}
	var ids []string
	for {
		block, last, err := readBlock(content)
		if err != nil {
			return err
		}
		if len(block) > 0 {
			ids = append(ids, base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%08d", len(ids))))
			if _, err := client.StageBlock(ctx, ids[len(ids)-1], streaming.NopCloser(bytes.NewReader(block)), nil); err != nil {
				return c.explain("write", name, err)
			}
		}
		if last {
			return c.commit(ctx, client, name, ids)
		}
	}
}

// readBlock reads a block into memory of its own: a transport that gave up may still be
// reading the one before.
func readBlock(content io.Reader) (block []byte, last bool, err error) {
	block = make([]byte, blockBytes)
	n := 0
	for n < len(block) && err == nil {
		var more int
		more, err = content.Read(block[n:])
		n += more
	}
	if err == io.EOF { // and no other end of a reader's
		return block[:n], true, nil
	}
	return block[:n], false, err
}

func (c *Container) commit(ctx context.Context, client *blockblob.Client, name string, ids []string) error {
	if _, err := client.CommitBlockList(ctx, ids, nil); err != nil {
		return c.explain("write", name, err)
	}
	return nil
}
