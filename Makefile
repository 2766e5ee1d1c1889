# lbgit. `make demo` and `make test` need nothing but Go, git and a package
# manager: a machine without IPVS gets the lab's kernel by itself.
SHELL := /bin/bash
GO ?= go
BIN := bin/lbgit
# The race detector needs a C compiler; .ci/run sees to it that there is one.
RACE := $(shell command -v gcc >/dev/null && echo -race)
# Packages whose tests run in the lab's kernel, one at a time.
LAB_PACKAGES = ./runtime/lab/ ./runtime/ipvs/labtest/ ./runtime/link/labtest/ ./cmd/lbgit/labtest/ ./examples/...
FUZZTIME ?= 10s
# Sizes of the lab's stories: small in CI, what the issues name in `make full`.
export LBGIT_KILLS ?= 6

.PHONY: build demo test unit lab check fmt vet lint generated fuzz bench bench-vrrp full clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o $(BIN) ./cmd/lbgit

# The main job, end to end: two nodes, a bare git repository, a dead server, a
# dead master. It fails when any step did not happen.
demo:
	LBGIT_LAB=require $(GO) test -count=1 -timeout 20m -run '^TestDemo$$' -v ./examples/demo | grep -v '^=== '; exit $${PIPESTATUS[0]}

test: unit lab

unit:
	$(GO) test $(RACE) -timeout 30m $$($(GO) list ./... | grep -v -e /labtest -e /runtime/lab$$ -e /examples)

lab:
	$(GO) test -p 1 -timeout 30m $(LAB_PACKAGES)

check: fmt vet lint generated

fmt:
	@files=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); test -z "$$files" || { echo "not formatted: $$files"; exit 1; }

vet:
	$(GO) vet ./...

lint:
	$(GO) tool staticcheck ./...

# Generated files are made again and must not differ.
generated:
	$(GO) mod tidy -diff
	$(GO) generate ./...
	git diff --exit-code -- '*_gen.go' docs/reference

# Every fuzz target of every package for FUZZTIME.
fuzz:
	.ci/fuzz $(FUZZTIME)

# Figures: Go benchmarks here, and the lab's against keepalived in one run.
bench: build
	$(GO) test -run '^$$' -bench . -benchmem ./reconcile/... ./runtime/vrrp/... ./runtime/check/... ./translate/...
	runtime/lab/bench figures

# VRRP beside keepalived: the interoperation matrix, failover times, what many
# masters cost. It takes three quarters of an hour.
bench-vrrp:
	runtime/lab/bench matrix failover scale

# Everything at the size that the issues name.
full:
	LBGIT_LAB=require LBGIT_KILLS=50 LBGIT_MODEL=full LBGIT_MATRIX=all LBGIT_NOISE=60 $(MAKE) test
	$(MAKE) fuzz FUZZTIME=5m
	$(MAKE) bench bench-vrrp

clean:
	rm -rf bin
