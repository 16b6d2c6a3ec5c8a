package emulator

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
)

// A snapshot is NDJSON: a header, one line per device, one per module, both in key order, one per configuration and job, and
// a trailer with the number of records and the SHA-256 of all lines before it. It holds keys, so the file is private.
const (
	snapshotFormat  = "twinset-emulator"
	snapshotVersion = 1
)

type snapshotHeader struct {
	Format   string   `json:"format"`
	Version  int      `json:"version"`
	Policies []policy `json:"policies"`
}

type snapshotTrailer struct {
	Records int    `json:"records"`
	SHA256  string `json:"sha256"`
}

type savedRecord struct {
	DeviceID      string    `json:"deviceId"`
	ModuleID      string    `json:"moduleId,omitempty"`
	Generation    ticks     `json:"generation"`
	ETag          uint64    `json:"etag"`
	Status        string    `json:"status"`
	StatusReason  string    `json:"statusReason,omitempty"`
	StatusUpdated ticks     `json:"statusUpdated,omitempty"`
	ManagedBy     string    `json:"managedBy,omitempty"`
	Auth          savedAuth `json:"auth"`
	Edge          bool      `json:"edge,omitempty"`
	Scope         string    `json:"scope,omitempty"`
	Parents       []string  `json:"parents,omitempty"`
	Twin          savedTwin `json:"twin"`

	Presence *savedPresence `json:"presence,omitempty"`

	Configurations []targeting `json:"configurations,omitempty"`
}

type savedAuth struct {
	Kind                string `json:"type"`
	PrimaryKey          string `json:"primaryKey,omitempty"`
	SecondaryKey        string `json:"secondaryKey,omitempty"`
	PrimaryThumbprint   string `json:"primaryThumbprint,omitempty"`
	SecondaryThumbprint string `json:"secondaryThumbprint,omitempty"`
}

type savedTwin struct {
	ETag     uint64          `json:"etag"`
	Version  int64           `json:"version"`
	Tags     json.RawMessage `json:"tags"`
	Desired  savedSection    `json:"desired"`
	Reported savedSection    `json:"reported"`
}

type savedSection struct {
	Version revision        `json:"version"`
	Values  json.RawMessage `json:"values"`
	Stamps  json.RawMessage `json:"stamps"`
}

func (d *disk) snapshot() string { return filepath.Join(d.dir, snapshotName) }

// write replaces the snapshot.
func (d *disk) write(policies []policy, devices, modules []*record, configurations []*configuration, jobs []savedJobLine) error {
	err := replaceFile(d.snapshot(), func(w io.Writer) error {
		return writeSnapshot(w, policies, devices, modules, configurations, jobs)
	})
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func writeSnapshot(w io.Writer, policies []policy, devices, modules []*record, configurations []*configuration, jobs []savedJobLine) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	sum := sha256.New()
	e := json.NewEncoder(io.MultiWriter(buffered, sum))
	e.SetEscapeHTML(false)
	if err := e.Encode(snapshotHeader{snapshotFormat, snapshotVersion, policies}); err != nil {
		return err
	}
	for _, list := range [][]*record{devices, modules} {
		for _, r := range list {
			if err := e.Encode(r.saved()); err != nil {
				return err
			}
		}
	}
	for _, c := range configurations {
		if err := e.Encode(savedConfigurationLine{c.saved()}); err != nil {
			return err
		}
	}
	for _, j := range jobs {
		if err := e.Encode(j); err != nil {
			return err
		}
	}
	trailer := encode(snapshotTrailer{len(devices) + len(modules) + len(configurations) + len(jobs), hex.EncodeToString(sum.Sum(nil))})
	if _, err := buffered.Write(append(trailer, '\n')); err != nil {
		return err
	}
	return buffered.Flush()
}

func (r *record) saved() savedRecord {
	return savedRecord{
		DeviceID: r.deviceID, ModuleID: r.moduleID, Generation: r.generation, ETag: r.etag, Status: r.status,
		StatusReason: r.statusReason, StatusUpdated: r.statusUpdated, ManagedBy: r.managedBy, Auth: r.auth.saved(),
		Edge: r.edge, Scope: r.scope, Parents: r.parents, Presence: r.presence.saved(), Configurations: r.configurations,
		Twin: savedTwin{
			ETag: r.twin.etag, Version: r.twin.version, Tags: r.twin.tags.append(nil),
			Desired: r.twin.desired.saved(), Reported: r.twin.reported.saved(),
		},
	}
}

func (a authentication) saved() savedAuth {
	return savedAuth{a.kind, a.primaryKey, a.secondaryKey, a.primaryThumbprint, a.secondaryThumbprint}
}

func (sa savedAuth) restore() authentication {
	return authentication{sa.Kind, sa.PrimaryKey, sa.SecondaryKey, sa.PrimaryThumbprint, sa.SecondaryThumbprint}
}

func (s section) saved() savedSection {
	return savedSection{Version: s.version, Values: s.root.append(nil), Stamps: s.root.appendStamps(nil)}
}

// appendStamps mirrors the tree as arrays: [at, version] for a leaf, [at, version, kids...] for an object; with the
// author, if there is one, as an object behind the version.
func (n *node) appendStamps(b []byte) []byte {
	b = append(b, '[')
	b = appendInt(b, int64(n.at))
	b = append(b, ',')
	b = appendInt(b, int64(n.version))
	b = n.by.append(b)
	if n.kind == object {
		for i := range n.kids {
			b = append(b, ',')
			b = n.kids[i].value.appendStamps(b)
		}
	}
	return append(b, ']')
}
