package hubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

func transferFacts() []Fact {
	return []Fact{
		{ID: "H320", Title: "an import or export that does not exist is 404 JobNotFound", Source: "§7.2", Run: func(s *Session) {
			s.refused(404, "JobNotFound", http.MethodGet, "/jobs/00000000-0000-4000-8000-000000000000", "", "")
		}},
		{ID: "H321", Title: "a container that cannot be used is refused at once", Source: "§7.2", Run: func(s *Session) {
			s.alone()
			body := `{"type":"export","outputBlobContainerUri":"https://127.0.0.1:1/box?sig=x","excludeKeysInExport":true}`
			s.refused(400, "BlobContainerValidationError", http.MethodPost, "/jobs/create", body, "")
		}},
		{ID: "H322", Title: "an export begins enqueued and ends completed, without its containers", Source: "§7.2", Run: exportJob},
		{ID: "H323", Title: "an export has devices and modules as lines of their own, without metadata", Source: "§7.3", Run: exportLines},
		{ID: "H324", Title: "an export without keys begins with a line that is no JSON", Source: "§7.3", Run: exportWithoutKeys},
		{ID: "H325", Title: "an import creates or updates, with tags and desired properties", Source: "§7.3", Run: importCreates},
		{ID: "H326", Title: "lines that fail stand in importErrors.log, and the job is completed", Source: "§7.3", Run: importFails},
		{ID: "H327", Title: "modes of an import: update, updateTwin, delete, deleteIfMatchETag", Source: "§7.3", Run: importModes},
		{ID: "H328", Title: "system modules are exported, and cannot be imported", Source: "§7.3", Run: systemModules},
		{ID: "H329", Title: "configurations are exported with names in capitals", Source: "§7.3", Run: exportedConfigurations},
		{ID: "H330", Title: "imports and exports are listed, scheduled jobs are not among them", Source: "§7.2", Run: listTransfers},
		{ID: "H331", Title: "a job that has ended cannot be cancelled: 405", Source: "§7.2", Unverified: true, Run: func(s *Session) {
			s.alone()
			id := s.transfer("export", `,"outputBlobName":"twinset-`+s.unique()+`.txt"`)
			s.call(405, http.MethodDelete, "/jobs/"+id, "", "")
		}},
	}
}

// container is the URI of a container with a SAS in it. A real hub needs a real one.
func (s *Session) container() (base, sas string) {
	s.Helper()
	if s.client.o.Container == "" {
		s.Skip("not checked: -container names no blob container that the hub can reach")
	}
	base, sas, _ = strings.Cut(s.client.o.Container, "?")
	return base, sas
}

// blob reads or, with content, writes a blob.
func (s *Session) blob(method, name, content string) string {
	s.Helper()
	base, sas := s.container()
	req, err := http.NewRequest(method, base+"/"+name+"?"+sas, strings.NewReader(content))
	if err != nil {
		s.Fatal("the container is no URI")
	}
	req.Header.Set("x-ms-blob-type", "BlockBlob")
	res, err := s.client.http.Do(req)
	if err != nil {
		s.Fatal("the container cannot be reached") // err holds the SAS
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		s.Fatal(err)
	}
	if res.StatusCode >= 300 {
		s.Fatalf("%s %s: got status %d", method, name, res.StatusCode)
	}
	return string(text)
}

// transfer runs a job to its end; more is further members, starting with a comma.
func (s *Session) transfer(kind, more string) (id string) {
	s.Helper()
	s.container()
	body, err := json.Marshal(map[string]any{
		"type": kind, "inputBlobContainerUri": s.client.o.Container, "outputBlobContainerUri": s.client.o.Container,
	})
	if err != nil {
		s.Fatal(err)
	}
	created := s.call(200, http.MethodPost, "/jobs/create", strings.TrimSuffix(string(body), "}")+more+"}", "")
	s.want(created, "status", `"enqueued"`)
	id = s.text(created, "jobId")
	a := s.poll("/jobs/"+id, "completed")
	s.want(a, "progress", "100")
	return id
}

// exported is the text of an export.
func (s *Session) exported(more string) string {
	s.Helper()
	name := "twinset-" + s.unique() + ".txt"
	s.transfer("export", fmt.Sprintf(`,"outputBlobName":%q%s`, name, more))
	return s.blob(http.MethodGet, name, "")
}

// imported runs an import of lines and returns importErrors.log as it is then.
func (s *Session) imported(lines ...string) string {
	s.Helper()
	name := "twinset-" + s.unique() + ".txt"
	s.blob(http.MethodPut, "importErrors.log", "")
	s.blob(http.MethodPut, name, strings.Join(lines, "\n")+"\n")
	s.transfer("import", fmt.Sprintf(`,"inputBlobName":%q`, name))
	return s.blob(http.MethodGet, "importErrors.log", "")
}

// line finds the exported line of a device or module.
func (s *Session) line(text, id, module string) answer {
	s.Helper()
	for line := range strings.Lines(text) {
		var l struct{ ID, ModuleID string }
		if json.Unmarshal([]byte(line), &l) == nil && l.ID == id && l.ModuleID == module {
			return answer{body: []byte(line)}
		}
	}
	s.Fatalf("got no line of %s %s", id, module)
	return answer{}
}

func exportJob(s *Session) {
	s.alone()
	id := s.transfer("export", `,"excludeKeysInExport":true,"outputBlobName":"twinset-`+s.unique()+`.txt"`)
	a := s.call(200, http.MethodGet, "/jobs/"+id, "", "")
	s.want(a, "type", `"export"`)
	s.want(a, "excludeKeysInExport", "true")
	s.text(a, "startTimeUtc")
	s.text(a, "endTimeUtc")
	if strings.Contains(string(a.body), "sig=") || s.at(a, "outputBlobContainerUri") != "" {
		s.Fatal("got a URI of a container, want none")
	}
}

func exportLines(s *Session) {
	s.alone()
	id := s.device()
	s.module(id, "m", "")
	s.patch(id, `{"tags":{"site":"x"},"properties":{"desired":{"a":{"b":1}}}}`)
	text := s.exported("")
	device := s.line(text, id, "")
	s.want(device, "tags", `{"site":"x"}`)
	s.want(device, "properties/desired", `{"a":{"b":1}}`)
	s.want(device, "status", `"enabled"`)
	s.want(device, "capabilities/iotEdge", "false")
	key := s.at(s.call(200, http.MethodGet, devicePath(id), "", ""), "authentication/symmetricKey/primaryKey")
	s.want(device, "authentication/symmetricKey/primaryKey", key)
	s.line(text, id, "m")
}

func exportWithoutKeys(s *Session) {
	s.alone()
	id := s.device()
	text := s.exported(`,"excludeKeysInExport":true`)
	if strings.HasPrefix(text, "{") {
		s.Fatalf("got a first line %.80s, want one that is no JSON", text)
	}
	s.want(s.line(text, id, ""), "authentication/symmetricKey/primaryKey", "null")
}

func importCreates(s *Session) {
	s.alone()
	id := s.newID()
	line := fmt.Sprintf(`{"id":%q,"status":"enabled","authentication":{"type":"sas"},"tags":{"site":"x"},"properties":{"desired":{"a":1}}}`, id)
	s.imported(line, fmt.Sprintf(`{"id":%q,"moduleId":"m","status":"enabled","authentication":{"type":"sas"}}`, id))
	twin := s.call(200, http.MethodGet, twinPath(id), "", "")
	s.want(twin, "tags", `{"site":"x"}`)
	s.want(twin, "properties/desired/a", "1")
	s.call(200, http.MethodGet, modulePath(id, "m"), "", "")
	s.imported(strings.Replace(line, "enabled", "disabled", 1))
	s.want(s.call(200, http.MethodGet, devicePath(id), "", ""), "status", `"disabled"`)
}

func importFails(s *Session) {
	s.alone()
	id, without := s.device(), s.newID()
	log := s.imported(
		fmt.Sprintf(`{"id":%q,"importMode":"create","status":"enabled"}`, id),
		fmt.Sprintf(`{"id":%q}`, without), // every line needs a status
	)
	for _, failed := range []string{id, without} {
		if !strings.Contains(log, `"deviceId":"`+failed+`"`) {
			s.Fatalf("got the log %q, want %s in it", log, failed)
		}
	}
	if !strings.Contains(log, `"errorCode":409001`) {
		s.Fatalf("got the log %q, want the number 409001 in it", log)
	}
	s.call(404, http.MethodGet, devicePath(without), "", "")
}

func importModes(s *Session) {
	s.alone()
	updated, twin, deleted, kept := s.device(), s.device(), s.device(), s.device()
	log := s.imported(
		fmt.Sprintf(`{"id":%q,"importMode":"update","status":"disabled"}`, updated),
		fmt.Sprintf(`{"id":%q,"importMode":"updateTwin","status":"enabled","tags":{"a":1}}`, twin),
		fmt.Sprintf(`{"id":%q,"importMode":"delete","status":"enabled"}`, deleted),
		fmt.Sprintf(`{"id":%q,"importMode":"deleteIfMatchETag","eTag":"MA==","status":"enabled"}`, kept),
	)
	s.want(s.call(200, http.MethodGet, devicePath(updated), "", ""), "status", `"disabled"`)
	s.want(s.call(200, http.MethodGet, twinPath(twin), "", ""), "tags/a", "1")
	s.call(404, http.MethodGet, devicePath(deleted), "", "")
	s.call(200, http.MethodGet, devicePath(kept), "", "")
	if !strings.Contains(log, kept) || strings.Contains(log, updated) {
		s.Fatalf("got the log %q, want %s in it and nothing else", log, kept)
	}
}

func systemModules(s *Session) {
	s.alone()
	id := s.newID()
	s.put(id, `,"capabilities":{"iotEdge":true}`)
	s.line(s.exported(""), id, "$edgeAgent")
	log := s.imported(fmt.Sprintf(`{"id":%q,"moduleId":"$edgeAgent","status":"enabled"}`, id))
	if !strings.Contains(log, id) {
		s.Fatalf("got the log %q, want %s in it", log, id)
	}
}

func exportedConfigurations(s *Session) {
	s.alone()
	id := "twinset-" + s.unique()
	path := "/configurations/" + id
	s.Cleanup(func() {
		if _, err := s.client.do(request{method: http.MethodDelete, path: path}); err != nil {
			s.Logf("remove configuration %s: %v", id, err)
		}
	})
	s.call(200, http.MethodPut, path,
		fmt.Sprintf(`{"id":%q,"targetCondition":"deviceId = 'twinset-none'","content":{"deviceContent":{"properties.desired.x":1}}}`, id), "")
	name := "twinset-" + s.unique() + ".txt"
	s.exported(fmt.Sprintf(`,"includeConfigurations":true,"configurationsBlobName":%q`, name))
	if text := s.blob(http.MethodGet, name, ""); !strings.Contains(text, `"Id":"`+id+`"`) {
		s.Fatalf("got %s, want a line with the Id %s", text, id)
	}
}

func listTransfers(s *Session) {
	s.alone()
	scheduled := s.jobID()
	s.schedule(scheduled, "deviceId = 'twinset-none'", "")
	s.ended(scheduled, "completed")
	id := s.transfer("export", `,"excludeKeysInExport":true,"outputBlobName":"twinset-`+s.unique()+`.txt"`)
	all := string(s.call(200, http.MethodGet, "/jobs", "", "").body)
	if !strings.HasPrefix(all, "[") || !strings.Contains(all, id) || strings.Contains(all, scheduled) {
		s.Fatalf("got %s, want an array with %s and without %s", all, id, scheduled)
	}
}
