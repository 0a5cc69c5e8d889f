# Starling: a relay for game state over UDP. `make help` lists the targets.

PREFIX   ?= /usr/local
DESTDIR  ?=
CC       ?= cc
CFLAGS   ?= -O2 -g
LDFLAGS  ?=
BUILD    ?= build
$(if $(word 2,$(BUILD)),$(error BUILD="$(BUILD)" has a blank, of which make makes two names; give a folder without))
SAN      ?=
WERROR   ?=
V        ?=
Q        := $(if $(V),,@)

VERSION  := $(shell sed -n 's/^\#define STARLING_VERSION "\(.*\)"/\1/p' client/lib/starling.h)
SOVERSION := 0
CHART    := /usr/share/javascript/chart.js/chart.min.js

WARN  := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
# What makes a fault harder to use: checked buffers and stacks, code at a random place, tables of functions that are
# read-only from the start. A sanitizer has checks of its own. FORTIFY needs an optimizing compiler.
FORTIFY     := $(if $(SAN),,$(if $(filter-out -O0,$(lastword $(filter -O%,$(CFLAGS)))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN      := $(if $(SAN),,-fstack-protector-strong $(FORTIFY))
RELRO       := $(if $(SAN),,-Wl,-z,relro,-z,now)
PIE         := $(if $(SAN),,-pie)
# Products and sums stay apart, so that a seed gives the same bytes on every machine.
FLAGS  = -std=c17 -pthread -ffp-contract=off -D_GNU_SOURCE -I. $(WARN) -fPIC -fvisibility=hidden -MMD -MP $(HARDEN) $(SAN) $(CFLAGS)
LINK   = $(CC) -pthread $(PIE) $(RELRO) $(SAN) $(CFLAGS) $(LDFLAGS) -o $@

pkg = $(shell pkg-config --$(1) $(2) 2>/dev/null)
ENET_LIBS   = $(call pkg,libs,libenet)
PROTO_LIBS  = $(call pkg,libs,libenet libsodium)
CJSON_LIBS  = $(call pkg,libs,libcjson)
SECCOMP_LIBS = $(call pkg,libs,libseccomp)
CMOCKA_LIBS = $(call pkg,libs,cmocka)
CURSES_LIBS = $(call pkg,libs,ncursesw)
WEB_LIBS    = $(call pkg,libs,libwebsockets)

# The folder of a source says which part it belongs to.
find_c      = $(shell find $(1) -name '*.c' | LC_ALL=C sort)
LIB_SRC    := $(call find_c,client/lib)
NETNS_SRC  := $(call find_c,proto/net/netns)
PROTO_SRC  := $(filter-out $(NETNS_SRC),$(call find_c,proto/wire proto/net proto/enet))
CLI_SRC    := $(call find_c,proto/cli) $(NETNS_SRC)
WEB_SRC    := $(call find_c,proto/web)
RELAY_SRC  := $(call find_c,relay)
CLIENT_SRC := $(filter-out $(LIB_SRC) client/tour/examples/%,$(call find_c,client))
TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(shell find tests -name 'test_*.c' | LC_ALL=C sort))
FUZZERS    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_SRC   := $(filter-out tests/sim/test_%.c tests/sim/digest.c tests/attack/test_%.c tests/attack/attack.c tests/attack/stranger.c tests/attack/clock_step.c tests/soak/test_%.c,\
                $(call find_c,tests/fixtures) $(wildcard tests/sim/*.c tests/attack/*.c tests/soak/*.c))
BENCH_SRC  := $(filter-out bench/servers/baseline/%,$(call find_c,bench))
EXAMPLE_SRC := $(patsubst client/tour/%,%,$(wildcard client/tour/examples/*/*.c))
EXAMPLES   := $(patsubst %.c,$(BUILD)/%,$(EXAMPLE_SRC))
BASELINES  := $(patsubst bench/servers/baseline/%.c,$(BUILD)/baseline-%,$(wildcard bench/servers/baseline/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
PROGRAMS := $(BUILD)/starlingd $(BUILD)/starling $(BUILD)/starling-bench
LIBS     := $(BUILD)/libstarling.a $(BUILD)/libstarling.so $(BUILD)/starling.pc
MANUALS  := $(wildcard relay/*.8 client/*.1 client/lib/*.3 bench/*.1)

all: $(PROGRAMS) $(LIBS) $(BASELINES) $(BUILD)/match.csv ## build the programs and the library into build/

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' Makefile | expand -t 14

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC    $<")
	$(Q)$(CC) $(FLAGS) -c -o $@ $<

# The report's page is in the program.
$(call obj,bench/result/page.c): $(wildcard bench/result/page/*) proto/web/page/base.css

$(call obj,client/lab/lab_site.c): $(wildcard client/lab/page/*)

# The tour's texts, too.
$(call obj,client/tour/language.c): $(wildcard client/tour/text.??)

# And what a browser is served.
$(call obj,proto/web/page.c): $(wildcard proto/web/page/*) $(CHART)
$(call obj,relay/status/page.c): $(wildcard relay/status/page/*)

$(BUILD)/libproto.a: $(call obj,$(PROTO_SRC))
$(BUILD)/libweb.a: $(call obj,$(WEB_SRC))
$(BUILD)/libcli.a: $(call obj,$(CLI_SRC))
$(BUILD)/librelay.a: $(call obj,$(filter-out relay/main.c,$(RELAY_SRC)))
$(BUILD)/libclient.a: $(call obj,$(filter-out client/main.c,$(CLIENT_SRC)))
$(BUILD)/libbench.a: $(call obj,$(filter-out bench/main.c,$(BENCH_SRC)))
$(BUILD)/libtests.a: $(call obj,$(TEST_SRC))
$(BUILD)/libstarling.a: $(call obj,$(LIB_SRC) $(PROTO_SRC))
%.a:
	@$(if $(V),,echo "  AR    $@")
	$(Q)rm -f $@ && $(AR) crs $@ $^

# The library stays loaded: its look-up thread may still run after a program has closed it.
$(BUILD)/libstarling.so: $(call obj,$(LIB_SRC) $(PROTO_SRC))
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(filter-out -pie,$(LINK)) -shared -Wl,-soname,libstarling.so.$(SOVERSION),-z,nodelete $^ $(PROTO_LIBS) -lm

$(BUILD)/starling.pc: client/lib/starling.pc.in client/lib/starling.h Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

# The match that `starling replay` plays without a file.
$(BUILD)/match.csv: client/replay/match.awk
	@mkdir -p $(@D)
	$(Q)awk -f $< >$@.new && mv $@.new $@

$(BUILD)/starlingd: $(call obj,relay/main.c) $(BUILD)/librelay.a $(BUILD)/libweb.a $(BUILD)/libcli.a $(BUILD)/libproto.a
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(PROTO_LIBS) $(CJSON_LIBS) $(SECCOMP_LIBS) $(WEB_LIBS) -lm

$(BUILD)/starling: $(call obj,client/main.c) $(BUILD)/libclient.a $(BUILD)/libweb.a $(BUILD)/libcli.a $(BUILD)/libstarling.a
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(PROTO_LIBS) $(CJSON_LIBS) $(CURSES_LIBS) $(WEB_LIBS) -lm

$(BUILD)/starling-bench: $(call obj,bench/main.c) $(BUILD)/libbench.a $(BUILD)/librelay.a $(BUILD)/libclient.a $(BUILD)/libcli.a $(BUILD)/libstarling.a
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(PROTO_LIBS) $(CJSON_LIBS) $(CURSES_LIBS) -lm

examples: $(EXAMPLES) ## build the small servers and clients that `starling tour` names, into build/examples/

# They are what a beginner would write: POSIX alone, and none of our code.
$(BUILD)/examples/%: client/tour/examples/%.c
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC    $<")
	$(Q)$(CC) -std=c17 -D_POSIX_C_SOURCE=200809L $(WARN) $(SAN) $(CFLAGS) -o $@ $<

# The servers that the bench compares with; they contain none of our code.
$(BASELINES): $(BUILD)/baseline-%: $(BUILD)/obj/bench/servers/baseline/%.o
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(ENET_LIBS)

# A client that contains none of our code.
$(BUILD)/tests/e2e/plain_client: $(BUILD)/obj/tests/e2e/plain_client.o
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(ENET_LIBS)

$(BUILD)/tests/e2e/test_cookie: | $(BUILD)/tests/e2e/plain_client
$(BUILD)/tests/e2e/test_tour: | $(EXAMPLES)
$(BUILD)/tests/attack/test_stranger $(BUILD)/tests/attack/test_members $(BUILD)/tests/soak/test_soak: | $(BUILD)/tests/attack/stranger
$(BUILD)/tests/attack/test_stranger: | $(BUILD)/tests/attack/clock_step.so

# It goes into programs that contain none of our code, and into those with a sanitizer.
$(BUILD)/tests/attack/clock_step.so: tests/attack/clock_step.c
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/libtests.a $(BUILD)/libbench.a $(BUILD)/librelay.a $(BUILD)/libclient.a $(BUILD)/libweb.a $(BUILD)/libcli.a $(BUILD)/libstarling.a
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(CMOCKA_LIBS) $(PROTO_LIBS) $(CJSON_LIBS) $(CURSES_LIBS) $(SECCOMP_LIBS) $(WEB_LIBS) -lm


# Tests. Each program tests one module; libtests.a holds the fixtures.

TEST_ENV = BUILD=$(BUILD) CC='$(CC)' SAN='$(SAN)' FORTIFY='$(FORTIFY)'

test: deps ## install missing packages, build, and run all tests
	@$(MAKE) --no-print-directory check

# Scripts that measure with the whole bench, and that install: they run what the other tests run, too. The
# comparison of two clocks comes last, when the machine is quiet.
WHOLE := tests/interop/results.sh tests/install.sh

# $(call lanes,PROGRAMS): those for which time counts stand apart, as tests/run.sh has them.
ALONE   := $(BUILD)/tests/attack/%
WAITING := $(BUILD)/tests/client/tour/% $(BUILD)/tests/e2e/% $(BUILD)/tests/soak/test_soak tests/interop/page.sh \
	   tests/interop/results.sh tests/interop/irtt.sh
lanes    = $(filter-out $(ALONE) $(WAITING),$(1)) -- $(filter $(ALONE),$(1)) -- $(foreach program,$(WAITING),$(filter $(program),$(1)))

check: $(PROGRAMS) $(LIBS) $(BASELINES) $(EXAMPLES) $(BUILD)/match.csv $(TESTS) $(FUZZERS:%=$(BUILD)/fuzz/%) $(BUILD)/tests/sim/digest $(BUILD)/tests/attack/attack ## run all tests, with the packages that are installed
	@$(TEST_ENV) sh tests/run.sh $(call lanes,$(TESTS) $(WHOLE) tests/interop/page.sh $(wildcard tests/*/run.sh) tests/interop/join.sh tests/interop/prometheus.sh tests/sim/digests.sh tests/summary.sh $(if $(SAN),,tests/hardening.sh) $(if $(SAN),,tests/interop/irtt.sh))

SEEDS ?= 20000

properties: $(BUILD)/tests/sim/test_properties $(BUILD)/tests/sim/test_age_parts ## run each property test over SEEDS seeds (20000)
	SEEDS=$(SEEDS) $<
	SEEDS=$(SEEDS) $(BUILD)/tests/sim/test_age_parts

digests: $(BUILD)/tests/sim/digest ## write the simulation's digests anew, after an intended change
	$< >$(BUILD)/digests.new && mv $(BUILD)/digests.new tests/sim/digests.txt

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

check-asan: ## run the tests under address and undefined-behaviour sanitizers
	@SEEDS=$${SEEDS:-60} ASAN_OPTIONS="allocator_may_return_null=1 $$ASAN_OPTIONS" \
	    $(MAKE) --no-print-directory check BUILD=$(BUILD)/asan SAN='$(SANITIZE)' CFLAGS='-O1 -g' WHOLE=

SOAK_SECONDS ?= 900

# Memory that the sanitizer keeps aside would look like growth.
soak: ## let a relay run for SOAK_SECONDS (900) under faults and sanitizers, and judge its memory and descriptors
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SAN='$(SANITIZE)' CFLAGS='-O1 -g' all $(BUILD)/asan/tests/soak/test_soak
	BUILD=$(BUILD)/asan SOAK_SECONDS=$(SOAK_SECONDS) ASAN_OPTIONS="quarantine_size_mb=1 thread_local_quarantine_size_kb=16 malloc_context_size=2 $$ASAN_OPTIONS" $(BUILD)/asan/tests/soak/test_soak

# Tests with threads: their own, those of the tested module, or those of the programs that they start.
THREADED := $(patsubst tests/%.c,$(BUILD)/tests/%,\
              $(shell grep -rlE --include='test_*.c' 'pthread_create|"(proto/cli/writer|proto/cli/line_output|proto/net/lookup|proto/web/web|relay/status/status|tests/fixtures/net/fake_resolver)\.h"' tests) \
              $(patsubst %,tests/e2e/test_%.c,address console feed http lab operator proxy relay))
# The thread sanitizer of some compilers fails with the address randomisation of newer kernels.
plain_addresses = $$(setarch "$$(uname -m)" -R true 2>/dev/null && echo setarch "$$(uname -m)" -R)

check-tsan: ## run the tests with threads under the thread sanitizer
	@$(MAKE) --no-print-directory check-threads BUILD=$(BUILD)/tsan SAN=-fsanitize=thread CFLAGS='-O1 -g'

check-threads: $(PROGRAMS) $(LIBS) $(BASELINES) $(BUILD)/match.csv $(THREADED)
	@$(TEST_ENV) TSAN_OPTIONS="halt_on_error=1 $$TSAN_OPTIONS" $(plain_addresses) sh tests/run.sh $(call lanes,$(THREADED))

FUZZ_LIBS = $(addprefix $(BUILD)/lib,tests.a bench.a relay.a client.a web.a cli.a starling.a)
FUZZ_LINK = $(PROTO_LIBS) $(CJSON_LIBS) $(CURSES_LIBS) $(SECCOMP_LIBS) $(WEB_LIBS) -lm

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(FUZZ_LIBS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) $^ $(FUZZ_LINK)

# With a SAN that holds fuzzer-no-link, as `fuzz` has it.
$(BUILD)/fuzz/%.libfuzzer: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_LIBS)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  LD    $@")
	$(Q)$(LINK) -fsanitize=fuzzer $^ $(FUZZ_LINK)

FUZZ_SECONDS ?= 60
FUZZ_FLAGS   ?= -max_total_time=$(FUZZ_SECONDS) -max_len=$${FUZZ_BYTES:-1300}

fuzz: $(FUZZERS:%=$(BUILD)/fuzz/%) ## fuzz with clang's libFuzzer, FUZZ_SECONDS each of FUZZERS (all)
	@$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)/libfuzzer CFLAGS='-O1 -g' \
	    SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' $(FUZZERS:%=$(BUILD)/libfuzzer/fuzz/%.libfuzzer)
	@for target in $(FUZZERS); do \
	    mkdir -p $(BUILD)/fuzz/$$target.corpus && \
	    $(BUILD)/fuzz/$$target --seeds $(BUILD)/fuzz/$$target.corpus proto/vectors $$(find tests/fuzz/corpus -name $$target) && \
	    $(BUILD)/libfuzzer/fuzz/$$target.libfuzzer $(FUZZ_FLAGS) -print_final_stats=1 \
	        -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$$target.corpus || exit 1; \
	done

# Linters.

C_FILES := $(sort $(shell find proto relay client tests bench -name '*.[ch]' 2>/dev/null))

lint: ## check includes, layout, manuals and scripts, and run cppcheck
	$(Q)sh tests/arrows.sh
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(Q)cppcheck --quiet -j $$(nproc) --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --error-exitcode=1 -I. $(filter-out tests/%,$(C_FILES))
	$(Q)mandoc -T lint -W warning $(MANUALS)
	$(Q)shellcheck $(shell find . -name '*.sh' -not -path './build/*') .ci/run

# Installation.

LDCONFIG ?= ldconfig

DOCS := proto/PROTOCOL.md relay/OPERATIONS.md bench/METRICS.md bench/result.schema.json CHANGES.md LICENSE
WATCHING := relay/status/alerts.yml relay/status/grafana.json
SHARED := libstarling.so.$(SOVERSION)

# Each public function has a manual page, which refers to the library's.
open      := (
FUNCTIONS := $(shell sed -n 's/^STARLING_API [^$(open)]*[ *]\(starling_[a-z_]*\)$(open).*/\1/p' client/lib/starling.h)
INSTALLED_MANUALS := $(foreach page,$(MANUALS) $(FUNCTIONS:=.3),share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))

# The shell has it quoted, as it may hold blanks.
install uninstall: export to = $(DESTDIR)$(PREFIX)

# The loader finds the library once ldconfig has run. Files below DESTDIR are for another system.
find_ldconfig = PATH="$$PATH:/usr/sbin:/sbin"; [ "$$(id -u)" != 0 ] || $(LDCONFIG)
define tell_loader
	@$(find_ldconfig) || :; \
	$(LDCONFIG) -p | sed -n 's/.*=> \(.*\/libstarling\.so\.$(SOVERSION)\)$$/\1/p' | \
	    { while read -r known; do [ ! "$$known" -ef "$$to/lib/$(SHARED)" ] || exit 0; done; exit 1; } && exit 0; \
	echo "the loader does not find $$to/lib/$(SHARED) yet: run \`ldconfig\` as root, with $$to/lib in /etc/ld.so.conf," \
	    "or link programs with -Wl,-rpath,$$to/lib"
endef

install: all ## install under PREFIX (/usr/local), below DESTDIR if it is set
	@case '$(PREFIX)' in ''|/*) ;; *) echo 'PREFIX=$(PREFIX) must begin with /, as programs are told it: PREFIX=$(CURDIR)/$(PREFIX)' >&2; exit 1;; esac
	@mkdir -p "$$to/bin" 2>/dev/null && [ -w "$$to/bin" ] || { echo "this user may not write to $$to: type sudo make install," \
	    "or give a PREFIX of your own, as make install PREFIX=$$HOME/.local" >&2; exit 1; }
	cd "$$to" && install -d bin lib/pkgconfig libexec/starling include share/doc/starling \
	    $(sort $(dir $(EXAMPLE_SRC:%=share/starling/%)) $(dir $(INSTALLED_MANUALS)))
	install $(PROGRAMS) "$$to/bin"
	install $(BASELINES) "$$to/libexec/starling"
	install -m 644 $(BUILD)/match.csv $(WATCHING) "$$to/share/starling"
	$(foreach file,$(EXAMPLE_SRC),install -m 644 client/tour/$(file) "$$to/share/starling/$(dir $(file))" &&) :
	install -m 644 client/lib/starling.h "$$to/include"
	install -m 644 $(BUILD)/libstarling.a "$$to/lib"
	install $(BUILD)/libstarling.so "$$to/lib/libstarling.so.$(VERSION)"
	ln -sf libstarling.so.$(VERSION) "$$to/lib/$(SHARED)"
	ln -sf $(SHARED) "$$to/lib/libstarling.so"
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(BUILD)/starling.pc >"$$to/lib/pkgconfig/starling.pc"
	$(foreach page,$(MANUALS),install -m 644 $(page) "$$to/share/man/man$(subst .,,$(suffix $(page)))" &&) :
	for name in $(FUNCTIONS); do echo '.so man3/starling.3' >"$$to/share/man/man3/$$name.3" || exit 1; done
	install -m 644 $(DOCS) "$$to/share/doc/starling"
	$(if $(DESTDIR),,$(tell_loader))

# Shared folders stay; in a PREFIX of its own, empty folders are removed.
uninstall: ## remove the installed files
	[ ! -d "$$to" ] || { cd "$$to" && rm -f $(addprefix bin/,$(notdir $(PROGRAMS))) include/starling.h \
	    $(addprefix libexec/starling/,$(notdir $(BASELINES))) $(addprefix share/doc/starling/,$(notdir $(DOCS))) \
	    lib/libstarling.a lib/libstarling.so* lib/pkgconfig/starling.pc \
	    $(INSTALLED_MANUALS) $(addprefix share/starling/,match.csv $(notdir $(WATCHING)) $(EXAMPLE_SRC)); }
	[ ! -d "$$to" ] || { cd "$$to" && for folder in libexec/starling \
	    $(addprefix share/starling/,$(sort $(dir $(EXAMPLE_SRC)))) share/starling share/doc/starling \
	    $(if $(DESTDIR)$(filter-out /usr /usr/local,$(PREFIX)),bin lib/pkgconfig include share/man/man1 share/man/man3 share/man/man8); \
	    do [ ! -d $$folder ] || rmdir -p --ignore-fail-on-non-empty $$folder; done; }
	$(if $(DESTDIR),,@$(find_ldconfig) || :)

# The demo.

demo: deps ## install missing packages, build, and play a session: relay, match, bots, live map, modes
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) sh client/demo.sh

# Measuring.

results: deps-report deps-compare all ## measure everything in bench/RESULTS.md and write it anew (half an hour)
	@BUILD=$(BUILD) sh bench/publish/results.sh

profile: deps-profile ## show where the relay spends its time, with the kernel, under a load of bots (PROFILER=perf|callgrind)
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) sh relay/profile.sh

# Packages. A test of each list shows whether its packages are installed.

DEPS         := gcc libc6-dev pkg-config libenet-dev libsodium-dev libcjson-dev libseccomp-dev libcmocka-dev libncurses-dev \
                libwebsockets-dev libjs-chart.js
DEPS_LINT    := clang clang-format cppcheck mandoc shellcheck libclang-rt-14-dev

have_deps    = command -v $(CC) && pkg-config --exists libenet libsodium libcjson libseccomp cmocka ncursesw libwebsockets && \
               test -e $(CHART) && \
               printf '\#include <stdio.h>\n' | $(CC) -E -x c -
have_lint    = command -v clang && command -v clang-format && command -v cppcheck && \
               command -v mandoc && command -v shellcheck

# $(call need,TEST,PACKAGES): does nothing if TEST succeeds, else installs PACKAGES or says how to.
define need
	@if { $(1); } >/dev/null 2>&1; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	    echo "missing packages, by their names in Debian: $(2); install those of your system and try again" >&2; exit 1; fi; \
	as_root=; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	if ! $$as_root true 2>/dev/null; then \
	    echo "missing packages; type: sudo apt-get install $(2)" >&2; exit 1; fi; \
	echo "installing: $(2)"; \
	$$as_root apt-get update -q >/dev/null && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(2) >/dev/null
endef

deps: ## install the missing packages for building and testing
	$(call need,$(have_deps),$(DEPS))

# One by one: a Node.js from elsewhere brings its own npm, which conflicts with Debian's.
deps-interop: ## install the languages and programs of tests/interop
	$(call need,python3 -c 'import enet' || /usr/bin/python3 -c 'import enet',python3 python3-enet)
	$(call need,python3 -c 'import jsonschema' || /usr/bin/python3 -c 'import jsonschema',python3 python3-jsonschema)
	$(call need,command -v love,love)
	$(call need,command -v godot3-server,godot3-server)
	$(call need,command -v chromium,chromium)
	$(call need,command -v node && command -v npm,nodejs npm)
	$(call need,command -v irtt,irtt)
	$(call need,command -v prometheus && command -v promtool,prometheus)
	$(call need,command -v tmux,tmux)
	@BUILD=$(BUILD) sh tests/interop/join.sh install

deps-report: ## install the packages of report and results
	$(call need,test -e $(CHART),libjs-chart.js)
	$(call need,command -v python3,python3)

deps-profile: deps ## install the packages of profile
	$(call need,command -v perf,linux-perf)
	$(call need,command -v valgrind,valgrind)

# Servers that `starling-bench compare` can measure.
have_compare = PATH="$$PATH:/usr/sbin" && command -v mosquitto && command -v nats-server

deps-compare: ## install mosquitto and nats-server for starling-bench compare
	$(call need,$(have_compare),mosquitto nats-server)

deps-lint: ## install the packages of lint and fuzz
	$(call need,$(have_lint),$(DEPS_LINT))

clean: ## remove the build folder
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: all help examples test check check-asan check-tsan check-threads properties soak digests fuzz lint install uninstall demo results profile deps deps-interop deps-report deps-profile deps-compare deps-lint clean
# Keeps the tests' object files, and with them their dependencies.
.PRECIOUS: $(BUILD)/obj/%.o
.DELETE_ON_ERROR:
