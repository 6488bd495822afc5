# SPDX-License-Identifier: Apache-2.0
# Makefile - the commands of README.md, over Meson

BUILD ?= build
SANITIZED ?= build-sanitized
THREADED ?= build-threads
AARCH64 ?= build-aarch64
FUZZED ?= build-fuzz
COVERED ?= build-coverage
prefix ?= /usr/local
DESTDIR ?=
RUN_DIR ?= $(BUILD)/digits

MESON ?= meson
# What `make run` measures; `make run ARGS="--epochs 6"` for less of it (with fewer it has not learnt enough, and says so).
ARGS ?=

.PHONY: all build deps test-deps run test test-threads test-memory test-frameworks packages test-packages tarball tarball-aarch64 fuzz \
    coverage bench soak install clean help

all: build

build: $(BUILD)/build.ninja
	@$(MESON) compile -C $(BUILD)

$(BUILD)/build.ninja:
	@command -v $(MESON) >/dev/null || { echo "meson is missing: run 'make deps' first" >&2; exit 1; }
	@$(MESON) setup $(BUILD)

$(SANITIZED)/build.ninja:
	@$(MESON) setup $(SANITIZED) -Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled

# What only aico2-fetch, aico2-serve or aico2-top needs: where it cannot be installed, that program alone is left out.
deps:
	@tools/install_deps.sh build
	@tools/install_deps.sh fetch || echo "aico2-fetch (live carbon intensity) will be left out" >&2
	@tools/install_deps.sh serve || echo "aico2-serve (metrics over HTTP) will be left out" >&2
	@tools/install_deps.sh tui || echo "aico2-top (the monitor in the terminal) will be left out" >&2

test-deps:
	@tools/install_deps.sh build fetch serve tui test

run: deps
	@$(MAKE) --no-print-directory build
	@tools/run_example.sh $(BUILD) $(RUN_DIR) $(ARGS)

# AGAIN=--again: what has a clock in it and failed is run once more; see tests/run_all.py.
# For aarch64 only where the cross compiler is there already: it is not for us to install; see CONTRIBUTING.md.
# A build directory made before cmocka was there has no unit tests in it: ask again.
test: test-deps
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja $(SANITIZED)/build.ninja
	@$(MESON) introspect $(BUILD) --tests | grep -q '"unit-base"' || \
	    $(MESON) configure $(BUILD) -Dtests=enabled
	@$(MESON) compile -C $(BUILD)
	@$(MESON) compile -C $(SANITIZED)
	@tools/build_aarch64.sh $(AARCH64)
	@python3 tests/run_all.py $(AGAIN) $(BUILD) $(SANITIZED):unit,integration,faults $(AARCH64):unit,integration

# By clang, which alone has libFuzzer. FUZZ_RUNS=2000000 of each target, TARGETS="csv config" for some of them.
fuzz:
	@tools/install_deps.sh build fetch serve tui test fuzz
	@test -f $(FUZZED)/build.ninja || CC=clang $(MESON) setup $(FUZZED) -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled -Dman=disabled
	@$(MESON) compile -C $(FUZZED)
	@tools/fuzz.sh $(FUZZED) $(TARGETS)

# Without optimisation, which would make one branch of two; counted atomically, for threads. ARGS=--all: a row for each file.
coverage:
	@tools/install_deps.sh build fetch serve test coverage
	@test -f $(COVERED)/build.ninja || $(MESON) setup $(COVERED) -Dtests=enabled -Db_coverage=true -Doptimization=0 \
	    -Dc_args=-fprofile-update=atomic
	@$(MESON) compile -C $(COVERED)
	@python3 tools/coverage.py $(COVERED) $(ARGS)

# By the thread sanitizer: a build of its own, of the tests in one process alone.
test-threads: test-deps
	@test -f $(THREADED)/build.ninja || $(MESON) setup $(THREADED) -Db_sanitize=thread -Db_lundef=false -Dtests=enabled -Dman=disabled
	@$(MESON) compile -C $(THREADED)
	@python3 tests/run_all.py $(THREADED):unit,integration

# By valgrind: what is read and was never set, and what is lost. Each test takes twenty times as long.
test-memory: test-deps
	@command -v valgrind >/dev/null || tools/install_deps.sh extra
	@$(MAKE) --no-print-directory build
	@$(MESON) configure $(BUILD) -Dtests=enabled
	@$(MESON) compile -C $(BUILD)
	@$(MESON) test -C $(BUILD) --setup valgrind --suite unit --num-processes 1

# Debian's, into $(BUILD)/packages. DEB_BUILD_OPTIONS=nocheck leaves the unit tests out.
packages:
	@tools/install_deps.sh build fetch serve tui test package
	@tools/build_packages.sh $(BUILD)/packages

# Unpacked anywhere, without root; the second for boards with an older system.
tarball: deps
	@tools/build_tarball.sh $(BUILD)/tarball

tarball-aarch64: deps
	@tools/build_tarball.sh --aarch64 $(BUILD)/tarball

# Builds them twice, installs them in a fresh system, uses, upgrades and purges them: some minutes, as root.
test-packages: packages tarball
	@$(MAKE) --no-print-directory build
	@$(MESON) configure $(BUILD) -Dtests=enabled
	@AICO2_TEST_PACKAGES=all AICO2_TEST_PACKAGES_BUILT=$(abspath $(BUILD))/packages \
	    AICO2_TEST_TARBALL="$$(ls -t $(abspath $(BUILD))/tarball/aico2-*-linux-$$(uname -m).tar.gz | head -n 1)" $(MESON) test -C $(BUILD) --suite packages --verbose

# Some 7 GB, and not a part of `make test`.
test-frameworks: build
	@tools/test_frameworks.sh $(BUILD)

bench: build
	@test -f bench/run.py || { echo "bench/run.py is missing: there is nothing to measure with" >&2; exit 1; }
	@python3 bench/run.py --build $(BUILD) $(ARGS)

# What tests of faults do with other chances and for longer. AICO2_TEST_SEED=N: as that run, which printed it.
SOAK = AICO2_TEST_KILLS=210 AICO2_TEST_CUTS=20000 AICO2_TEST_CASES=200000000 AICO2_TEST_ALL=1 AICO2_TEST_SECONDS=60 \
    AICO2_TEST_FACTOR=100

soak: build
	@$(MESON) configure $(BUILD) -Dtests=enabled
	@AICO2_TEST_TICKS=86400 $(MESON) test -C $(BUILD) --suite e2e e2e-serve_soak --timeout-multiplier 6 --verbose
	@AICO2_TEST_CLIENTS=10000 AICO2_PROGRAM=$(abspath $(BUILD))/src/cli/aico2 python3 -B tests/e2e/test_serve_load.py Many
	@$(SOAK) $(MESON) test -C $(BUILD) --suite faults --num-processes 1 --timeout-multiplier 10 --verbose

install: build
	@$(MESON) configure $(BUILD) -Dprefix='$(abspath $(prefix))' -Dlibdir=lib
	@DESTDIR='$(DESTDIR)' $(MESON) install -C $(BUILD) --quiet
	@echo "installed: $(DESTDIR)$(abspath $(prefix))/bin/aico2"

clean:
	@rm -rf $(BUILD) $(SANITIZED) $(THREADED) $(AARCH64) $(FUZZED) $(COVERED)

help:
	@echo "make run                  install what is missing, build, measure the example training"
	@echo "make test                 install what is missing, build, run every test"
	@echo "make test-threads         run what shares memory under the thread sanitizer"
	@echo "make test-memory          run the unit tests under valgrind"
	@echo "make fuzz                 fuzz every parser of outside text, with clang"
	@echo "make coverage             which lines and branches the tests of the library go through, and the bars for them"
	@echo "make test-frameworks      install PyTorch, Keras and others (7 GB) into $(BUILD)/frameworks, train with them"
	@echo "make packages             Debian packages into $(BUILD)/packages"
	@echo "make tarball              an archive for machines without root, into $(BUILD)/tarball; tarball-aarch64: static"
	@echo "make test-packages        build them twice, install, use, upgrade and purge them in a fresh system (as root)"
	@echo "make                      build into $(BUILD)/"
	@echo "make deps                 install what building needs"
	@echo "make bench                measure what aico2 itself costs"
	@echo "make soak                 a day of 'aico2 serve' with clients, in a quarter of an hour, and faults by the hundred"
	@echo "make install prefix=DIR   leaves DIR/bin/aico2 (default $(prefix))"
	@echo "make clean                remove what was built"
