# Only Go, git and make are needed; the tools of the last group are built from
# the versions pinned in tools/go.mod. `make race` also needs a C compiler.

COMMIT     ?= $(shell git describe --always --dirty 2>/dev/null)
LDFLAGS    := -s -w -X github.com/twinset/twinset/internal/cli.commit=$(COMMIT)
FUZZTIME   ?= 20s
BENCHCOUNT ?= 6
SCALE      ?= 100000
LINT       := .tools/golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build demo test race check update fmt fmt-check vet lint bench scale quota fuzz conformance cover tools clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/twinset
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/twinset ./cmd/twinset

demo: build ## plan, apply and find drift on the embedded hub: the quickstart as a story
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -o bin/portal ./examples/portal
	@PATH="$(CURDIR)/bin:$$PATH" sh examples/quickstart/demo.sh

test: ## run all tests
	go test ./...

race: ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

check: fmt-check vet lint test race ## everything a change must pass

update: ## rewrite golden files and script outputs; read the diff before committing it
	go test $$(grep -rlE 'flag\.Bool(Var)?\(.*"update"' --include='*_test.go' . | xargs -n1 dirname | sort -u) -update

fmt: tools ## format the Go code
	$(LINT) fmt

fmt-check: tools ## fail when fmt would change something
	$(LINT) fmt --diff

vet: ## run go vet
	go vet ./...

lint: tools ## run the linters of .golangci.yml
	$(LINT) run

bench: tools ## run the benchmarks and compare with bench/baseline.txt (accept with: cp bench/new.txt bench/baseline.txt)
	go test -run '^$$' -bench . -benchmem -count $(BENCHCOUNT) ./... > bench/new.txt || { cat bench/new.txt; exit 1; }
	.tools/benchstat $(wildcard bench/baseline.txt) bench/new.txt

# The strict floor reads JSON with encoding/json/jsontext, which is an experiment of this Go.
scale: conformance/node/node_modules/.stamp ## plan SCALE devices (default 100000) against a served hub, beside floors measured in the same run
	GOEXPERIMENT=jsonv2 go test -tags scale -count 1 -timeout 60m -v ./bench/scale -devices $(SCALE)

quota: ## count the requests for 100,000 devices, and hold times against the hub's limits on a fast clock (a quarter of an hour)
	go test -count 1 -timeout 30m -v -run 'RequestsOfAFleet|Predicted|ChosenReading' ./internal/cli -devices 100000

# Shrinking an input that is merely interesting may take up to a minute by default, during which nothing is tried.
# A second try, because the end of FUZZTIME now and then counts as a failure ("context deadline exceeded", golang/go#75804):
# an input that was really found is kept in testdata/fuzz and fails every later run.
fuzz: ## run each fuzz target for FUZZTIME (default 20s)
	@for pkg in $$(go list ./...); do \
	  targets=$$(go test -list '^Fuzz' $$pkg) || { echo "$$targets"; exit 1; }; \
	  for target in $$(echo "$$targets" | grep '^Fuzz'); do \
	    echo "== $$pkg $$target"; \
	    fuzz="go test -run ^$$ -fuzz ^$$target\$$ -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$pkg"; \
	    $$fuzz || $$fuzz || exit 1; \
	  done; \
	done

conformance: conformance/node/node_modules/.stamp conformance/python/.venv/.stamp ## drive the embedded hub with Microsoft's Node and Python clients (ports 443 and 8883; needs node, npm, python3)
	go test -count 1 -tags conformance -v ./conformance
	go test -count 1 -tags conformance -run TestScriptAzurite ./cmd/twinset

conformance/node/node_modules/.stamp: conformance/node/package.json conformance/node/package-lock.json
	npm --prefix conformance/node ci --no-progress
	@touch $@

conformance/python/.venv/.stamp: conformance/python/requirements.txt
	python3 -m venv conformance/python/.venv
	conformance/python/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

cover: ## measure test coverage into coverage.out
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	@go tool cover -func=coverage.out | tail -n 1

tools: .tools/.stamp ## build the pinned tools into .tools/

.tools/.stamp: tools/go.mod tools/go.sum
	GOBIN="$(CURDIR)/.tools" go -C tools install tool
	@touch $@

clean: ## remove what the other targets made
	rm -rf bin .tools coverage.out bench/new.txt conformance/node/node_modules conformance/python/.venv
