package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one operation of the service.
type route struct {
	method string
	path   string // segments; {} stands for one id
	needs  rights
	writes bool // runs under the write lock
	serve  func(*Hub, *call) (reply, *fault)
}

// routes is everything the emulator answers. Rights are those of FACTS §9.2; which right a query or a statistic needs
// is unverified, so they ask for both candidates, which only iothubowner has.
func routes() []route {
	const queryRights = registryRead | serviceConnect
	const transferRights = queryRights | registryWrite              // unverified too
	const ownerRights = queryRights | registryWrite | deviceConnect // for what the service does not have
	return []route{
		{http.MethodGet, "devices", registryRead, false, (*Hub).listDevices},
		{http.MethodPost, "devices", registryWrite, true, (*Hub).bulkDevices},
		{http.MethodPost, "devices/query", queryRights, false, (*Hub).queryDevices},
		{http.MethodGet, "devices/{}", registryRead, false, (*Hub).getDevice},
		{http.MethodPut, "devices/{}", registryWrite, true, (*Hub).putDevice},
		{http.MethodDelete, "devices/{}", registryWrite, true, (*Hub).deleteDevice},
		{http.MethodGet, "devices/{}/modules", registryRead, false, (*Hub).listModules},
		{http.MethodGet, "devices/{}/modules/{}", registryRead, false, (*Hub).getModule},
		{http.MethodPut, "devices/{}/modules/{}", registryWrite, true, (*Hub).putModule},
		{http.MethodDelete, "devices/{}/modules/{}", registryWrite, true, (*Hub).deleteModule},
		{http.MethodGet, "twins/{}", serviceConnect, false, (*Hub).getTwin},
		{http.MethodPatch, "twins/{}", serviceConnect, true, (*Hub).patchTwin},
		{http.MethodPut, "twins/{}", serviceConnect, true, (*Hub).putTwin},
		{http.MethodGet, "twins/{}/modules/{}", serviceConnect, false, (*Hub).getTwin},
		{http.MethodPatch, "twins/{}/modules/{}", serviceConnect, true, (*Hub).patchTwin},
		{http.MethodPut, "twins/{}/modules/{}", serviceConnect, true, (*Hub).putTwin},
		{http.MethodGet, "configurations", serviceConnect, false, (*Hub).listConfigurations},
		{http.MethodPost, "configurations/testQueries", serviceConnect, false, (*Hub).testQueries},
		{http.MethodGet, "configurations/{}", serviceConnect, false, (*Hub).getConfiguration},
		{http.MethodPut, "configurations/{}", serviceConnect, true, (*Hub).putConfiguration},
		{http.MethodDelete, "configurations/{}", serviceConnect, true, (*Hub).deleteConfiguration},
		{http.MethodPost, "devices/{}/applyConfigurationContent", serviceConnect, true, (*Hub).applyContent},
		{http.MethodGet, "statistics/devices", queryRights, false, (*Hub).deviceStatistics},
		{http.MethodGet, "statistics/service", queryRights, false, (*Hub).serviceStatistics},
		{http.MethodPost, "twins/{}/methods", serviceConnect, false, (*Hub).invokeMethod},
		{http.MethodPost, "twins/{}/modules/{}/methods", serviceConnect, false, (*Hub).invokeMethod},
		{http.MethodGet, "jobs/v2/query", serviceConnect, false, (*Hub).queryJobs},
		{http.MethodGet, "jobs/v2/{}", serviceConnect, false, (*Hub).getJob},
		{http.MethodPut, "jobs/v2/{}", serviceConnect, true, (*Hub).putJob},
		{http.MethodPost, "jobs/v2/{}/cancel", serviceConnect, true, (*Hub).cancelJob},
		{http.MethodPost, "jobs/create", transferRights, false, (*Hub).createTransfer},
		{http.MethodGet, "jobs", transferRights, false, (*Hub).listTransfers},
		{http.MethodGet, "jobs/{}", transferRights, false, (*Hub).getTransfer},
		{http.MethodDelete, "jobs/{}", transferRights, true, (*Hub).cancelTransfer},
		{http.MethodDelete, "devices/{}/commands", serviceConnect, true, (*Hub).purgeCommands},
		{http.MethodPost, "devices/keys/regenerate", registryWrite, true, (*Hub).rotateKeys},
		{http.MethodGet, "digitaltwins/{}", serviceConnect, false, (*Hub).getDigitalTwin},
		{http.MethodPost, "$emulator/devices/{}/messages", ownerRights, true, (*Hub).sendCommand},
		{http.MethodGet, "$emulator/telemetry", ownerRights, false, (*Hub).readTelemetry},
		{http.MethodGet, "$emulator/dump", ownerRights, false, (*Hub).readDump},
		{http.MethodPost, "$emulator/load", ownerRights, true, (*Hub).writeLoad},
	}
}

// findRoute matches the escaped path, so that an id may hold an escaped slash without becoming two segments, and
// returns the decoded ids. The first match wins. net/http's ServeMux would redirect ids such as "..".
func findRoute(table []route, method, escapedPath string) (*route, []string) {
	path := strings.TrimPrefix(escapedPath, "/")
	if path == "devices/" { // SDKs list with a trailing slash (FACTS §1.6)
		path = "devices"
	}
	segments := strings.Split(path, "/")
	for i := range segments {
		decoded, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, nil
		}
		segments[i] = decoded
	}
	for i := range table {
		if table[i].method != method {
			continue
		}
		if args, matches := matchPath(table[i].path, segments); matches {
			return &table[i], args
		}
	}
	return nil, nil
}

func matchPath(pattern string, segments []string) (args []string, matches bool) {
	for _, segment := range segments {
		want, rest, _ := strings.Cut(pattern, "/")
		pattern = rest
		switch {
		case want == "{}" && segment != "":
			args = append(args, segment)
		case want == "" || want != segment:
			return nil, false
		}
	}
	return args, pattern == ""
}

// supportedVersion reports the api-versions that a live hub takes and that SDKs send (FACTS §12).
func supportedVersion(v string) bool {
	switch v {
	case "2018-06-30", "2019-10-01", "2020-03-13", "2020-05-31-preview", "2020-09-30", "2021-04-12", "2024-03-31":
		return true
	}
	return false
}
