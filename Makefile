# Two commands do everything on a fresh machine: make demo, make test.
# Only `make deps` installs something; the others call it when something is missing.

JOBS ?= $(shell nproc)
SECONDS ?= 60
COUNT ?= 10000
SEED ?= $(shell date +%s)
SUITE ?= trixie
DEPS = tests/support/deps.sh

.PHONY: all deps demo test tsan schedules renewal-load slow-clients bench soak fuzz mutants format format-check lint install generate clean images container reproduce debian testssl

all: build/dev/build.ninja
	cmake --build --preset dev -j $(JOBS)

deps:
	$(DEPS) build demo test browser

build/%/build.ninja:
	@$(DEPS) --check build || $(DEPS) build
	cmake --preset $*

demo:
	@$(DEPS) --check build demo || $(DEPS) build demo
	cmake --preset dev >/dev/null
	cmake --build --preset dev -j $(JOBS)
	python3 tests/demo/demo.py --build build/dev $(if $(ONCE),--once)

test:
	@$(DEPS) --check build demo test browser || $(DEPS) build demo test browser
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS)
	python3 tests/support/run_ctest.py --build build/asan -j $(JOBS) $(if $(AGAIN),--again)

# The thread sanitizer: every test but those of other people's clients, and those that run one
# thread at a time for long.
tsan:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset tsan >/dev/null
	cmake --build --preset tsan -j $(JOBS)
	python3 tests/support/run_ctest.py --build build/tsan -j $(JOBS) -L 'unit|fuzz|integration' \
	  -E '^schedule\.|ratls_memory'

# More random schedules than `make test` runs, from another seed.
schedules:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS) -t schedule_core -t schedule_protocols -t schedule_agent -t schedule_ratls
	for kind in core protocols agent ratls; do \
	  build/asan/tests/schedule/schedule_$$kind --count $(COUNT) --seed $(SEED) || exit 1; done

# The renewal test for a whole minute.
renewal-load:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS)
	DEVPROOF_LONG=1 ctest --test-dir build/asan -R integration.renewal_load -V

# What testssl.sh finds at the gateway; sslscan's findings are part of every run.
testssl:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset asan >/dev/null
	cmake --build --preset asan -j $(JOBS)
	DEVPROOF_LONG=1 ctest --test-dir build/asan -R integration.tls_scan -V

# A good client beside 4,000 that are slow on purpose, at default settings.
slow-clients:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset release >/dev/null
	cmake --build --preset release -j $(JOBS)
	DEVPROOF_LONG=1 DEVPROOF_BUILD_DIR=build/release PYTHONPATH=tests/support \
	  python3 tests/integration/test_slow_clients.py -v

bench:
	@$(DEPS) --check build test bench || $(DEPS) build test bench
	cmake --preset release >/dev/null
	cmake --build --preset release -j $(JOBS)
	tests/bench/run.sh build/release
	python3 tests/bench/attested.py build/release
	python3 tests/bench/two_loops.py build/release

# Everything at once, for so many seconds under each of two sanitizers.
soak:
	@$(DEPS) --check build test || $(DEPS) build test
	for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && cmake --build --preset $$preset -j $(JOBS) \
	    -t devproof-gateway -t dstack-simulator -t clock_shift -t heap_report && \
	  tests/integration/soak.sh build/$$preset $(SECONDS) || exit 1; done

# For so many seconds in all, every target in turn.
fuzz:
	@$(DEPS) --check build test || $(DEPS) build test
	cmake --preset fuzz >/dev/null
	cmake --build --preset fuzz -j $(JOBS)
	tests/fuzz/run.sh build/fuzz $(SECONDS) $(JOBS)

mutants:
	@$(DEPS) --check build test || $(DEPS) build test
	python3 tests/support/mutants.py

format:
	git ls-files '*.c' '*.h' ':!tests/bench/suite' | xargs clang-format -i

format-check:
	git ls-files '*.c' '*.h' ':!tests/bench/suite' | xargs clang-format --dry-run --Werror

lint: format-check build/dev/build.ninja
	python3 tests/support/run_tidy.py --build build/dev -j $(JOBS)

generate: build/dev/build.ninja
	cmake --build --preset dev -j $(JOBS)
	python3 tests/support/check_generated.py --build build/dev --write
	python3 tests/support/check_abi.py --build build/dev --write

install: build/release/build.ninja
	cmake --build --preset release -j $(JOBS)
	DESTDIR="$(DESTDIR)" cmake --install build/release $(if $(PREFIX),--prefix $(PREFIX))

images:
	@$(DEPS) --check container || $(DEPS) container
	tests/container/images.sh build/container

# The running example under an engine of its own; where none can be started, that is said.
container: images
	python3 tests/container/test_compose.py build/container || { test $$? = 77 && echo "== container: SKIPPED"; }

reproduce:
	@$(DEPS) --check build || $(DEPS) build
	docker/reproduce $(if $(IMAGES),--images) build/reproduce

debian:
	@$(DEPS) --check container || $(DEPS) container
	tests/support/debian.sh $(SUITE) test

clean:
	rm -rf build
