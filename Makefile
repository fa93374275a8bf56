# Two commands matter: `make run` shows CardMint at work, `make test` proves it. Both install what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
# Where the labelled real photos are, for those who have them. Tests that need them skip without.
ifndef CARDMINT_REAL_DATA
ifneq ($(wildcard ../shared/data),)
export CARDMINT_REAL_DATA := $(abspath ../shared/data)
endif
endif

.PHONY: help
help: ## This list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: ## Installs the system packages that are missing.
	@./.ci/setup

.PHONY: run
run: setup ## Shows CardMint at work on sample photos that it makes itself; Ctrl-C ends it.
	$(CARGO) build --release --locked --workspace --bins --lib
	@./tests/run-samples

.PHONY: test
test: setup ## Runs every test.
	@./.ci/test

.PHONY: lint
lint: setup ## Format and clippy, warnings as errors.
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

.PHONY: deny
deny: ## Licences, sources and banned crates; advisories too where their database can be had.
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked
	$(CARGO) deny --locked check bans licenses sources
	@$(CARGO) deny --locked fetch db >/dev/null 2>&1 && $(CARGO) deny --locked check advisories \
		|| echo "deny: the advisory database cannot be fetched from here; advisories were not checked"

.PHONY: train
train: setup ## Trains the reader of collector numbers anew, from nothing; two to three hours on two cores.
	@./.ci/setup --training
	$(CARGO) build --release --locked --workspace --bins --lib
	"$${CARGO_TARGET_DIR:-target}/release/train-number-reader" --out target/first.weights --steps 9000 --seed 1
	"$${CARGO_TARGET_DIR:-target}/release/train-number-reader" --from target/first.weights --steps 9000 --seed 1000001 \
		--out target/second.weights
	"$${CARGO_TARGET_DIR:-target}/release/train-number-reader" --from target/second.weights --steps 5000 --seed 2000001 \
		--out target/third.weights
	"$${CARGO_TARGET_DIR:-target}/release/train-number-reader" --from target/third.weights --steps 6000 --seed 3000001 \
		--mean-with target/third.weights --out daemon/recognition/src/strip/weights.bin

.PHONY: accuracy
accuracy: setup ## Measures how accurate the recognition is and writes docs/ACCURACY.md; a quarter of an hour on two cores.
	$(CARGO) build --release --locked --workspace --bins --lib
	@./tests/accuracy

.PHONY: calibrate
calibrate: setup ## Fits the weights of the decision to simulated photos and writes calibrated.json; half an hour on two cores.
	$(CARGO) build --release --locked --workspace --bins --lib
	@./tests/calibrate

.PHONY: bench
bench: setup ## Speed and memory, by stage and of the whole daemon.
	$(CARGO) build --release --locked --workspace --bins --lib
	$(CARGO) bench --locked --workspace --bench recognition
	@"$${CARGO_TARGET_DIR:-target}/release/bench-daemon"
