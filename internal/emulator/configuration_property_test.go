package emulator

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plant is a fleet under configurations, once in a hub and once as a model that is evaluated by the letter.
type plant struct {
	*rig
	fatal   func(format string, args ...any)
	clock   *handClock
	draw    func(n int) int // 0 to n-1
	devices map[string]*plantDevice
	configs map[string]*plantConfig
	made    int
}

type plantDevice struct {
	a int // -1 for none
	b string
}

type plantConfig struct {
	condition string
	selects   func(id string, d *plantDevice) bool
	priority  int
	order     int // of creation
	keys      []string
}

func newPlant(tb testing.TB, fatal func(string, ...any), draw func(n int) int) *plant {
	tb.Helper()
	r, clock := newClockRig(tb)
	return &plant{r, fatal, clock, draw, map[string]*plantDevice{}, map[string]*plantConfig{}, 0}
}

func (p *plant) tags() *plantDevice {
	return &plantDevice{a: p.draw(6) - 1, b: []string{"", "x", "y"}[p.draw(3)]}
}

func (d *plantDevice) json() string {
	var members []string
	if d.a >= 0 {
		members = append(members, fmt.Sprintf(`"a":%d`, d.a))
	}
	if d.b != "" {
		members = append(members, fmt.Sprintf(`"b":%q`, d.b))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (p *plant) fleet(n int) {
	p.Helper()
	var entries []string
	for i := range n {
		id, d := fmt.Sprintf("d%03d", i), p.tags()
		p.devices[id] = d
		entries = append(entries, fmt.Sprintf(`{"id":%q,"importMode":"create","tags":%s}`, id, d.json()))
		if len(entries) == maxBulkEntries || i == n-1 {
			p.must(200, "POST", "/devices", "["+strings.Join(entries, ",")+"]")
			entries = nil
		}
	}
}

// condition draws a condition and what it means.
func (p *plant) condition() (string, func(string, *plantDevice) bool) {
	n := p.draw(5)
	id := fmt.Sprintf("d%03d", p.draw(len(p.devices)))
	switch p.draw(7) {
	case 0:
		return "*", func(string, *plantDevice) bool { return true }
	case 1:
		return "", func(string, *plantDevice) bool { return false }
	case 2:
		return fmt.Sprintf("tags.a = %d", n), func(_ string, d *plantDevice) bool { return d.a == n }
	case 3:
		return fmt.Sprintf("tags.a >= %d AND tags.b = 'x'", n), func(_ string, d *plantDevice) bool { return d.a >= 0 && d.a >= n && d.b == "x" }
	case 4:
		return fmt.Sprintf("tags.a IN [%d, 1] OR tags.b = 'y'", n), func(_ string, d *plantDevice) bool { return d.a == n || d.a == 1 || d.b == "y" }
	case 5:
		return "NOT (tags.b = 'x')", func(_ string, d *plantDevice) bool { return d.b == "y" } // a missing tag is neither
	}
	return fmt.Sprintf("deviceId = '%s' OR NOT IS_DEFINED(tags.a)", id), func(other string, d *plantDevice) bool { return other == id || d.a < 0 }
}

// write creates a configuration, or replaces all of it but the content.
func (p *plant) write(id string) {
	p.Helper()
	c := &plantConfig{priority: p.draw(4)}
	c.condition, c.selects = p.condition()
	match := ""
	if old := p.configs[id]; old != nil {
		c.order, c.keys, match = old.order, old.keys, "*"
	} else {
		p.made++
		c.order, c.keys = p.made, p.keys()
	}
	p.configs[id] = c
	content := map[string]string{}
	for _, key := range c.keys {
		content["properties.desired."+key] = id
	}
	raw, err := json.Marshal(content)
	if err != nil {
		p.Fatal(err)
	}
	p.with("If-Match", match).must(200, "PUT", "/configurations/"+id, fmt.Sprintf(
		`{"id":%q,"targetCondition":%q,"priority":%d,"content":{"deviceContent":%s}}`, id, c.condition, c.priority, raw))
}

func (p *plant) keys() []string {
	all := []string{"k", "k.x", "k.y", "l", "m.n.o", "m.n"}
	var keys []string
	for range 1 + p.draw(3) {
		key := all[p.draw(len(all))]
		clashes := false
		for _, other := range keys {
			clashes = clashes || sameKey(key, other)
		}
		if !clashes {
			keys = append(keys, key)
		}
	}
	return keys
}

func sameKey(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}

// wins reports that a configuration gets a key on a device: no stronger one that targets it gets the same.
func (p *plant) wins(id, key, device string) bool {
	c := p.configs[id]
	for otherID, other := range p.configs {
		stronger := other.priority > c.priority || other.priority == c.priority && other.order > c.order
		if !stronger || !other.selects(device, p.devices[device]) {
			continue
		}
		for _, otherKey := range other.keys {
			if sameKey(key, otherKey) && p.wins(otherID, otherKey, device) {
				return false
			}
		}
	}
	return true
}

// check compares every twin with the model.
func (p *plant) check() {
	p.Helper()
	targeted, applied := map[string]int{}, map[string]int{}
	for id, d := range p.devices {
		var twin struct {
			Properties     struct{ Desired map[string]any }
			Configurations map[string]struct{ Status string }
		}
		if err := json.Unmarshal([]byte(p.twin(id)), &twin); err != nil {
			p.Fatal(err)
		}
		want, got := map[string]string{}, map[string]string{}
		for configID, c := range p.configs {
			if !c.selects(id, d) {
				continue
			}
			targeted[configID]++
			all := true
			for _, key := range c.keys {
				if !p.wins(configID, key, id) {
					all = false
					continue
				}
				want[key] = configID + " by " + configID
				got[key] = fmt.Sprint(follow(twin.Properties.Desired, key), " by ", follow(twin.Properties.Desired, "$metadata."+key+".$lastUpdatedBy"))
			}
			want[configID] = "Targeted"
			if all {
				applied[configID]++
				want[configID] = "Applied"
			}
		}
		for configID, shown := range twin.Configurations {
			got[configID] = shown.Status
		}
		if diff := cmp.Diff(want, got); diff != "" {
			p.fatal("device %s %+v under %v (-want +got):\n%s", id, d, p.configs, diff)
		}
	}
	for id := range p.configs {
		want := fmt.Sprintf(`{"targetedCount":%d,"appliedCount":%d}`, targeted[id], applied[id])
		if got := at(p, p.must(200, "GET", "/configurations/"+id, ""), "systemMetrics", "results"); got != want {
			p.fatal("configuration %s: got results %s, want %s", id, got, want)
		}
	}
}

// follow returns what is at a path of names.
func follow(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		members, _ := v.(map[string]any)
		v = members[name]
	}
	return v
}

// live goes through the life of a plant.
func (p *plant) live(devices, configs, rounds int) {
	p.Helper()
	p.fleet(devices)
	for n := range configs {
		p.write(fmt.Sprintf("c%d", n))
	}
	p.check()
	for range rounds {
		for range 1 + devices/10 {
			id := fmt.Sprintf("d%03d", p.draw(devices))
			p.devices[id] = p.tags()
			p.must(200, "PUT", "/twins/"+id, fmt.Sprintf(`{"tags":%s}`, p.devices[id].json())) // clears desired, too
		}
		id := fmt.Sprintf("c%d", p.draw(configs))
		if p.draw(2) == 0 && p.configs[id] != nil {
			p.must(204, "DELETE", "/configurations/"+id, "")
			delete(p.configs, id)
		} else {
			p.write(id)
		}
		p.clock.advance(defaultConfigurationCycle)
		p.check()
	}
}

func TestConfigurationsOfAThousandDevices(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, 1))
		newPlant(t, t.Fatalf, random.IntN).live(1000, 20, 2)
	}
}

func TestConfigurationsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlant(t, rt.Fatalf, func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "n") })
		p.live(8, 6, 4)
	})
}
