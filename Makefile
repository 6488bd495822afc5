# SPDX-License-Identifier: Apache-2.0
# Makefile - the commands of README.md, over Meson

BUILD ?= build
SANITIZED ?= build-sanitized
AARCH64 ?= build-aarch64
prefix ?= /usr/local
DESTDIR ?=
RUN_DIR ?= $(BUILD)/digits

MESON ?= meson
# What `make run` measures; `make run ARGS="--epochs 6"` for less of it (with fewer it has not learnt enough, and says so).
ARGS ?=

.PHONY: all build deps test-deps run test bench install clean help

all: build

build: $(BUILD)/build.ninja
	@$(MESON) compile -C $(BUILD)

$(BUILD)/build.ninja:
	@command -v $(MESON) >/dev/null || { echo "meson is missing: run 'make deps' first" >&2; exit 1; }
	@$(MESON) setup $(BUILD)

$(SANITIZED)/build.ninja:
	@$(MESON) setup $(SANITIZED) -Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled

# What only aico2-fetch or aico2-serve needs: where it cannot be installed, that program alone is left out.
deps:
	@tools/install_deps.sh build
	@tools/install_deps.sh fetch || echo "aico2-fetch (live carbon intensity) will be left out" >&2
	@tools/install_deps.sh serve || echo "aico2-serve (metrics over HTTP) will be left out" >&2

test-deps:
	@tools/install_deps.sh build fetch serve test

run: deps
	@$(MAKE) --no-print-directory build
	@tools/run_example.sh $(BUILD) $(RUN_DIR) $(ARGS)

# For aarch64 only where the cross compiler is there already: it is not for us to install; see CONTRIBUTING.md.
# A build directory made before cmocka was there has no unit tests in it: ask again.
test: test-deps
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja $(SANITIZED)/build.ninja
	@$(MESON) introspect $(BUILD) --tests | grep -q '"unit-base"' || \
	    $(MESON) configure $(BUILD) -Dtests=enabled
	@$(MESON) compile -C $(BUILD)
	@$(MESON) compile -C $(SANITIZED)
	@tools/build_aarch64.sh $(AARCH64)
	@python3 tests/run_all.py $(BUILD) $(SANITIZED):unit,integration $(AARCH64):unit,integration

bench: build
	@test -f bench/run.py || { echo "bench/run.py is missing: there is nothing to measure with" >&2; exit 1; }
	@python3 bench/run.py --build $(BUILD) $(ARGS)

install: build
	@$(MESON) configure $(BUILD) -Dprefix='$(abspath $(prefix))' -Dlibdir=lib
	@DESTDIR='$(DESTDIR)' $(MESON) install -C $(BUILD) --quiet
	@echo "installed: $(DESTDIR)$(abspath $(prefix))/bin/aico2"

clean:
	@rm -rf $(BUILD) $(SANITIZED) $(AARCH64)

help:
	@echo "make run                  install what is missing, build, measure the example training"
	@echo "make test                 install what is missing, build, run every test"
	@echo "make                      build into $(BUILD)/"
	@echo "make deps                 install what building needs"
	@echo "make bench                measure what aico2 itself costs"
	@echo "make install prefix=DIR   leaves DIR/bin/aico2 (default $(prefix))"
	@echo "make clean                remove what was built"
