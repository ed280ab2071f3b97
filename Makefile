# The one definition of how arl is built and checked. The gate of a submission
# (.ci/run) and the hosted workflows call these targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:

# Pinned tools. A new version here is built at its first use: the version is in
# the file's name, so that an old one is never taken for it.
GOFUMPT    := .bin/gofumpt-v0.12.0
GOLANGCI   := .bin/golangci-lint-v2.15.0
GORELEASER := .bin/goreleaser-v2.15.1
VULNCHECK  := .bin/govulncheck-v1.9.0

# What `make check` runs, in this order: what fails fast comes first.
CHECKS := tidy format vet generated cross lint vuln packaging gauntlet reallimiters reallogins measured race

# The modules beside the main one: what they need, arl never does.
MODULES := gauntlet reallimiters reallogins packaging

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

## build: the program, for this machine
build:
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)' -o arl .

## test: all tests
test:
	go test ./...

## race: all tests, watched for data races
race:
	go test -race -timeout 30m ./...

## check: all that a change must pass
check: $(CHECKS)

## checks: the names of those targets, one a line
checks:
	@printf '%s\n' $(CHECKS)

## tidy: are go.mod and go.sum complete, minimal and unaltered?
tidy:
	for module in . $(MODULES); do (cd $$module && go mod verify && go mod tidy -diff) || exit 1; done

## format: is every file as gofumpt would write it?
format: $(GOFUMPT)
	@{ found=$$($(GOFUMPT) -l .) && test -z "$$found"; } || \
	{ printf 'run make fmt for:\n%s\n' "$$found" >&2; exit 1; }

## vet: go vet
vet:
	for module in . $(MODULES); do (cd $$module && go vet ./...) || exit 1; done

## lint: golangci-lint
lint: $(GOLANGCI)
	for module in . $(MODULES); do (cd $$module && '$(CURDIR)/$(GOLANGCI)' run ./...) || exit 1; done

## generated: does go generate change nothing that git knows?
generated: generate
	git diff --exit-code -- completions man
	@{ found=$$(git ls-files --others --exclude-standard -- completions man) && test -z "$$found"; } || \
	{ printf 'generated, but not added to git:\n%s\n' "$$found" >&2; exit 1; }

## cross: does it build for the systems that this one is not?
cross:
	for target in darwin/arm64 windows/amd64; do \
		export CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/}; \
		go build -o /dev/null ./... && go vet ./... || exit 1; \
	done

# govulncheck needs its database from the network: it runs where it is
# installed or asked for (VULN=1), and VULN=0 forbids it.
VULN ?= $(if $(shell command -v govulncheck),1,0)

## vuln: known vulnerabilities in what is called (VULN=1)
ifeq ($(VULN),1)
vuln: $(VULNCHECK)
	$(VULNCHECK) ./...
else
vuln:
	@echo 'govulncheck skipped, make VULN=1 runs it'
endif

## fmt: write every file as gofumpt would
fmt: $(GOFUMPT)
	$(GOFUMPT) -w .

## generate: completions and manual pages
generate:
	go generate ./...

## gauntlet: how well does it learn a limit? fails where a bar is missed
gauntlet:
	cd gauntlet && go test -count=1 -timeout 30m

## reallimiters: how well does it learn the limiters that people run? in real time
reallimiters:
	cd reallimiters && go test -count=1 -v -timeout 15m

## reallogins: do logins work with an authorization server that others have written?
reallogins:
	cd reallogins && go test -count=1 -timeout 15m

# Real processes and servers in real time, one after another, and what misses a
# bar once more: a machine that stood still for a moment says nothing of arl.
MEASURED := TestScript/^($(subst $() ,|,$(basename $(notdir $(shell grep -l '^\[measured\]' testdata/script/*.txtar)))))$$

## measured: the figures that real processes and servers must reach in real time
measured:
	export MEASURE=1; for package in '-run=$(MEASURED) .' '-run=TestReal|TestFleet|TestManyHosts ./test/scale' '-run=TestOutages|TestFarRate ./pkg/limiter/redisstore'; do \
		set -- go test -count=1 -v -parallel 1 $$package; "$$@" || "$$@" || exit 1; \
	done

## gauntlet-docs: write what the gauntlet measures into docs
gauntlet-docs:
	cd gauntlet && go test -count=1 -timeout 30m -run 'TestGauntlet|TestShort$$|TestUnits$$' -update

## bench: the benchmarks
bench:
	./bench/run

## scaling-docs: write what many processes reach into docs, in a quarter of an hour
scaling-docs:
	./bench/run -docs docs/scaling.md fleet

## tools: what the checks need, pinned, into .bin
tools: $(GOFUMPT) $(GOLANGCI)

## snapshot: all that a release consists of, the image and the manifests of package managers too, into dist
snapshot: $(GORELEASER)
	$(GORELEASER) release --snapshot --clean
	cd packaging && go run ./image -dist ../dist

## packaging: is the image what it says, and what goreleaser is told of other packages?
packaging:
	cd packaging && go test -count=1 -timeout 30m ./...

## snapshot-check: is all that snapshot makes what it says? (on Debian, see CONTRIBUTING.md)
snapshot-check: snapshot
	$(GORELEASER) check
	cd packaging && go test -count=1 ./... -dist '$(CURDIR)/dist'

## release-check: the same twice, and installed in a clean Debian? (as root on Debian)
release-check: $(GORELEASER)
	packaging/check $(GORELEASER)

## clean: removes what was built, but not the tools
clean:
	rm -rf arl dist dist.man

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

# tool is the program's name in a target's.
tool = $(patsubst %-v$*,%,$(@F))

# install takes PACKAGE and its MODULE at the version in the target's name: a
# copy of what is installed already if it is that version, else built here.
define install
@mkdir -p .bin; \
have=$$(command -v $(tool) || echo "$$(go env GOPATH)/bin/$(tool)"); \
if go version -m "$$have" 2>/dev/null | grep "$$(printf '\tmod\t$2\tv$*\t')" >/dev/null; then \
	echo "$@: a copy of the one installed"; cp "$$have" $@; \
else \
	echo "$@: building"; GOBIN='$(CURDIR)/.bin' go install $1@v$* && mv .bin/$(tool) $@; \
fi
endef

.bin/gofumpt-v%:
	$(call install,mvdan.cc/gofumpt,mvdan.cc/gofumpt)
.bin/golangci-lint-v%:
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint,github.com/golangci/golangci-lint/v2)
.bin/goreleaser-v%:
	$(call install,github.com/goreleaser/goreleaser/v2,github.com/goreleaser/goreleaser/v2)
.bin/govulncheck-v%:
	$(call install,golang.org/x/vuln/cmd/govulncheck,golang.org/x/vuln)

.PHONY: build test race check checks $(CHECKS) fmt generate gauntlet-docs bench scaling-docs tools snapshot snapshot-check release-check clean help
