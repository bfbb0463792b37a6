# Two commands do all the set-up: `make run` and `make test`. Each step is quiet when there is nothing to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Cargo and Playwright use all cores as it is; beside each other they would wait for each other's locks.
.NOTPARALLEL:

TOOLS := $(CURDIR)/.tools
STAMPS := .tools/stamps
export PATH := $(TOOLS)/bin:$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export CARGO_TERM_PROGRESS_WHEN := never

# What building and running need, and what only the tests need beside it.
TO_RUN := build-essential ca-certificates openssl
TO_TEST := chromium-headless-shell fonts-liberation openssh-client postgresql python3-pip

# What is deployed and measured, and what is tried and tested: the same, but for how well our own crates are optimised,
# which takes most of the time.
PORTAL := target/release/portal
QUICK := target/quick/portal
SITE := target/site/manifest.json
WASM := target/wasm32-unknown-unknown/wasm-release/frontend.wasm
DENY_VERSION := 0.20.2

# The steps of a first build, in their order; each is quiet when it has nothing to do. How long compiling takes is said
# only where nothing was compiled yet.
STEP = .ci/step "$(1) of 7"
FIRST = $(if $(wildcard $(1)),0,$(2))

.PHONY: help
help: ## What there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: $(STAMPS)/apt $(STAMPS)/npm-style $(STAMPS)/npm-end2end $(STAMPS)/wasm-target wasm quick site ## Start the portal with demo data, a real OpenID provider and a relying party
	@node end2end/demo.mjs

.PHONY: build
build: $(STAMPS)/apt $(STAMPS)/npm-style $(STAMPS)/wasm-target wasm server site ## Build the binary and the site: target/release/portal, target/site

.PHONY: server
server: | $(STAMPS)
	@$(call STEP,6) "building the portal" $(call FIRST,$(PORTAL),26) cargo build --quiet --release -p server --bin portal

.PHONY: quick
quick: | $(STAMPS)
	@$(call STEP,6) "building the portal" $(call FIRST,$(QUICK),20) cargo build --quiet --profile quick -p server --bin portal

.PHONY: site
site: $(SITE)

.PHONY: wasm
wasm: $(STAMPS)/wasm-target
	@$(call STEP,5) "building what runs in the browser" $(call FIRST,$(WASM),4) \
		.ci/wasm-cargo build --quiet -p frontend --target wasm32-unknown-unknown --profile wasm-release

# cargo knows whether the wasm is up to date; make only has to compare the file's time.
$(WASM): wasm ;

$(SITE): $(WASM) $(wildcard style/*.scss style/*.js style/*.mjs) $(STAMPS)/npm-style
	@$(call STEP,7) "packing the site" 0 $(MAKE) --no-print-directory pack

.PHONY: pack
pack:
	@rm -rf target/wasm-bindgen
	@cargo run --quiet --profile quick -p bindgen -- $(WASM) target/wasm-bindgen
	@style/node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers --strip-target-features --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
		--enable-mutable-globals --enable-reference-types --enable-multivalue \
		target/wasm-bindgen/frontend_bg.wasm -o target/wasm-bindgen/frontend_bg.wasm
	@node style/build.mjs target/wasm-bindgen target/site

.PHONY: test
test: tools wasm site lint test-rust test-end2end ## Install what is missing and run everything

.PHONY: check
check: tools lint ## The fast checks: format, lints, licences, what the wasm depends on

# In the profile of the tests, so that macros, build scripts and what is only checked are compiled once.
.PHONY: lint
lint: $(STAMPS)/cargo-deny-$(DENY_VERSION) $(STAMPS)/rust-components
	@cargo fmt --all --check
	@cargo clippy --quiet --profile quick --all-targets -- -D warnings
	@cargo clippy --quiet --profile quick -p frontend -- -D warnings
	@cargo deny --log-level error check bans licenses sources
	@.ci/wasm-dependencies

# Needs the advisory database, which is fetched from where it is kept: not part of the tests, which need registries only.
.PHONY: advisories
advisories: $(STAMPS)/cargo-deny-$(DENY_VERSION) ## Compare the dependencies with the published advisories
	@cargo deny check advisories

# With the binary that the journeys meet. Built alone it would have fewer features of what it depends on, and much of
# that would be compiled twice: sqlx, sea-orm, axum and leptos among it.
.PHONY: tested
tested: | $(STAMPS)
	@$(call STEP,6) "building the portal and its tests" $(call FIRST,$(QUICK),22) cargo test --quiet --profile quick --no-run

.PHONY: test-rust
test-rust: tested $(STAMPS)/apt-test
	@app/domain/tests/corpora/fetch.sh
	@CORPORA=$(TOOLS)/corpora app/store/tests/with-postgres cargo test --quiet --profile quick --no-fail-fast

.PHONY: test-end2end
test-end2end: wasm tested site $(STAMPS)/apt-test $(STAMPS)/npm-end2end-test
	@cd end2end && node --test selftest/*.test.mjs
	@cd end2end && npx --no-install playwright test

# libFuzzer's instrumentation is LLVM's, so that the stable compiler has it; only what is built for the target gets it.
FUZZ_SECONDS := 60
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks
HOST = $(shell rustc -vV | awk '/^host: / { print $$2 }')

.PHONY: fuzz
fuzz: $(STAMPS)/apt-test ## Look for texts that break the rules of keys and redirect URIs, FUZZ_SECONDS each
	@app/domain/tests/corpora/fetch.sh
	@RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --quiet --release -p fuzz --target $(HOST) --target-dir target/fuzz
	@app/domain/fuzz/run target/fuzz/$(HOST)/release $(TOOLS)/corpora $(FUZZ_SECONDS)

.PHONY: bench
bench: tools build ## Measure the budgets and print a table
	@.ci/install wrk
	@node end2end/bench/main.mjs $(PORTAL) target/site

.PHONY: bench-scale
bench-scale: tools build $(STAMPS)/apt-test ## Measure what everything costs beside little and beside much (SCALE="1000 100000")
	@MADE_UP='cargo test --quiet --release -p store --lib -- --ignored --exact' node end2end/bench/scale.mjs $(PORTAL) target/site

.PHONY: bench-rotation
bench-rotation: tools build ## Change keys under sign-ins, and time a key that leaked (ROTATIONS=20 LEAKS=200 RATE=20)
	@node end2end/bench/rotation.mjs $(PORTAL) target/site target/bench-rotation.json

.PHONY: clean
clean: ## Forget what was built
	@rm -rf target

.PHONY: clean-demo
clean-demo: ## Forget the demo data
	@rm -rf .demo

.PHONY: tools
tools: $(STAMPS)/apt-test $(STAMPS)/npm-style $(STAMPS)/npm-end2end-test

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/apt: .ci/install | $(STAMPS)
	@$(call STEP,1) "installing Debian packages" 0 .ci/install $(TO_RUN)
	@touch $@

# Chromium and PostgreSQL are large: who only runs the portal never waits for them.
$(STAMPS)/apt-test: .ci/install $(STAMPS)/apt | $(STAMPS)
	@.ci/install $(TO_TEST)
	@touch $@

$(STAMPS)/npm-style: style/package-lock.json | $(STAMPS)
	@$(call STEP,2) "installing what the site is packed with" 0 npm ci --prefix style --silent --no-audit --no-fund
	@touch $@

# What only the tests need is left out, unless it is there already.
$(STAMPS)/npm-end2end: end2end/package-lock.json | $(STAMPS)
	@test $@-test -nt $< || \
		$(call STEP,3) "installing the OpenID provider" 0 npm ci --prefix end2end --omit=dev --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/npm-end2end-test: end2end/package-lock.json | $(STAMPS)
	@npm ci --prefix end2end --silent --no-audit --no-fund
	@touch $@

# Made again when Debian's compiler was upgraded: std has to be of the same version.
$(STAMPS)/wasm-target: .ci/wasm-target $(wildcard /var/lib/dpkg/info/rustc-web.list) | $(STAMPS)
	@$(call STEP,4) "getting the compiler for the browser" 0 .ci/wasm-target
	@touch $@

# A tool's own lock file may name what a mirror of the registry does not hold: then the newest that it does hold. It runs
# for a second: to optimise it as its authors do takes minutes.
$(STAMPS)/cargo-deny-%: export CARGO_PROFILE_RELEASE_LTO := off
$(STAMPS)/cargo-deny-%: export CARGO_PROFILE_RELEASE_CODEGEN_UNITS := 16
$(STAMPS)/cargo-deny-%: export CARGO_PROFILE_RELEASE_OPT_LEVEL := 0
$(STAMPS)/cargo-deny-%: | $(STAMPS)
	@cargo-deny --version 2>/dev/null | grep -qF "$*" || \
		cargo install --quiet --locked --root $(TOOLS) cargo-deny --version "=$*" || \
		cargo install --quiet --root $(TOOLS) cargo-deny --version "=$*"
	@touch $@

$(STAMPS)/rust-components: | $(STAMPS)
	@{ cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1 || rustup component add rustfmt clippy
	@touch $@
