#!/bin/sh
# The installed files suffice to build the README's client, and uninstall leaves nothing behind.
set -u
build=${BUILD:-build}
# shellcheck source=tests/tally.sh
. tests/tally.sh
relay=""

clean_up() {
    [ -z "$relay" ] || { kill -TERM "$relay"; wait "$relay"; } 2>/dev/null
    rm -rf "$work"
}

# check SENTENCE COMMAND ...: one test.
check() {
    sentence=$1
    shift
    "$@" >"$work/log" 2>&1
    verdict "$sentence" || cat "$work/log"
}

example() {
    awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md >"$work/circle.c"
    lines=$(wc -l <"$work/circle.c")
    echo "the example has $lines lines"
    [ "$lines" -gt 10 ] && [ "$lines" -le 60 ]
}

installed() {
    make install BUILD="$build" PREFIX=/usr DESTDIR="$work/root" &&
        for file in bin/starlingd bin/starling include/starling.h lib/libstarling.a \
            lib/libstarling.so lib/pkgconfig/starling.pc share/man/man1/starling.1 \
            share/man/man3/starling.3 share/man/man8/starlingd.8 share/doc/starling/PROTOCOL.md \
            share/doc/starling/METRICS.md share/doc/starling/result.schema.json share/starling/match.csv \
            share/starling/examples/datagram/server.c share/starling/examples/stream/client.c \
            share/doc/starling/OPERATIONS.md share/starling/alerts.yml share/starling/grafana.json \
            $(cd "$build" && find . -maxdepth 1 -name 'baseline-*' | sed 's|^\.|libexec/starling|'); do
            [ -e "$work/root/usr/$file" ] || { echo "no $file"; return 1; }
        done
}

# The library's exports, the pages of its functions, and the manual's names and synopsis are equal lists.
knows_each_function() {
    nm -D --defined-only "$build/libstarling.so" | sed -n 's/.* T \(starling_.*\)/\1/p' | sort >"$work/exported"
    (cd "$work/root/usr/share/man/man3" && ls starling_*.3) | sed 's/\.3$//' | sort >"$work/pages"
    sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z_]*\).*/\1/p' client/lib/starling.3 | sort >"$work/names"
    sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.F[no] \([a-z_]*\).*/\1/p' client/lib/starling.3 | sort >"$work/synopsis"
    [ -s "$work/exported" ] &&
        for list in pages names synopsis; do
            diff "$work/exported" "$work/$list" || { echo "above: exported, and $list"; return 1; }
        done
}

finds_each_page() {
    for name in starling starling-bench starlingd starling.3 $(cat "$work/exported"); do
        case $name in *.3) set -- 3 "${name%.3}" ;; *) set -- "$name" ;; esac
        MANPAGER='cat' man -M "$work/root/usr/share/man" "$@" >"$work/page" || return 1
        grep -q "${name%.3}" "$work/page" || { echo "not in its page: $name"; return 1; }
    done
}

# away COMMAND ...: runs it in another folder, with the source and the build folder hidden if possible.
away() {
    if unshare -m true 2>/dev/null; then
        # shellcheck disable=SC2016 # the inner shell expands them
        unshare -m sh -c 'mount -t tmpfs none "$0" && cd / && exec "$@"' "$PWD" "$@"
    else
        (cd / && "$@")
    fi
}

# measures COMMAND ...: whether it measured every contender; 3 means that a run was not valid.
measures() {
    away "$work/root/usr/bin/starling-bench" "$@" --json >"$work/result"
    status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { echo "exit $status"; return 1; }
}

compares() {
    measures compare --members 2 --seconds 0.2 --repeat 1 --tick auto --only starling,naive,udp,tcp &&
        for name in starling naive udp tcp; do
            grep -q "\"contender\":[[:space:]]*\"$name" "$work/result" || { echo "no $name"; return 1; }
        done
}

contrasts() {
    measures contrast --live --members 2 --seconds 1 --repeat 1 --modes http "$@" && grep -q '"mode":[[:space:]]*"http' "$work/result"
}

# It looks for a relay, of which there is none, only after it has read the match.
replays() {
    away "$work/root/usr/bin/starling" replay --port 9 --patience 0.1 2>"$work/said"
    cat "$work/said"
    grep -q "no relay answers" "$work/said"
}

# Every file that a step of the tour cites is in the folder that it names, and compiles as it stands.
names_installed_examples() {
    (cd / && "$work/root/usr/bin/starling" tour --json) >"$work/tour" || return 1
    [ "$(sed -n 's/.*"examples":"\([^"]*\)".*/\1/p' "$work/tour" | sort -u)" = "$(realpath "$work/root/usr/share/starling/examples")" ] ||
        { echo "the tour names another folder"; return 1; }
    sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$work/tour" | grep -o '[a-z/]*\.c' | sort -u >"$work/cited"
    [ "$(wc -l <"$work/cited")" -ge 4 ] || { echo "it cites only:"; cat "$work/cited"; return 1; }
    while read -r file; do
        ${CC:-cc} -o "$work/example" "$work/root/usr/share/starling/examples/$file" || return 1
    done <"$work/cited"
}

# prefixed TARGET: runs make for this system, with a fake ldconfig that records its arguments.
prefixed() {
    make "$1" BUILD="$build" PREFIX="$work/pre fix" LDCONFIG="$work/ldconfig" >"$work/said"
}

tells_the_loader() {
    # shellcheck disable=SC2016 # the fake expands it
    printf '#!/bin/sh\necho "${1:-renew}" >>"%s"\n' "$work/asked" >"$work/ldconfig"
    chmod +x "$work/ldconfig"
    : >"$work/asked"
    make install BUILD="$build" PREFIX=/usr DESTDIR="$work/root" LDCONFIG="$work/ldconfig" || return 1
    [ ! -s "$work/asked" ] || { echo "ldconfig ran with DESTDIR"; return 1; }
    prefixed install && grep -q "run .ldconfig. as root, with $work/pre fix/lib" "$work/said" &&
        { [ "$(id -u)" != 0 ] || grep -q renew "$work/asked"; } || return 1
    printf '#!/bin/sh\necho "	libstarling.so.0 (libc6,x86-64) => %s"\n' "$work/pre fix/lib/libstarling.so.0" >"$work/ldconfig"
    prefixed install && ! grep -q "as root" "$work/said" && prefixed uninstall
}

# Reads the .pc file below a root of its own. A program needs the sanitizers that the library has.
flags() {
    PKG_CONFIG_SYSROOT_DIR="$work/root" PKG_CONFIG_SYSTEM_INCLUDE_PATH=/none \
        PKG_CONFIG_SYSTEM_LIBRARY_PATH=/none PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig" \
        pkg-config "$@" starling
}

compiles() {
    # shellcheck disable=SC2046,SC2086 # flags are words
    ${CC:-cc} ${SAN:-} -Wall -Wextra -Werror "$work/circle.c" $(flags --cflags) $(flags --libs) -lm \
        -Wl,-rpath,"$work/root/usr/lib" -o "$work/circle-$1"
}

compiles_static() {
    # shellcheck disable=SC2046,SC2086
    ${CC:-cc} ${SAN:-} "$work/circle.c" $(flags --cflags) "$work/root/usr/lib/libstarling.a" -lenet -lsodium -lm \
        -o "$work/circle-static"
}

start_relay() {
    "$build/starlingd" --host 127.0.0.1 --port 7777 --json >"$work/relay.out" 2>"$work/relay.err" &
    relay=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        grep -qs listening "$work/relay.out" && return 0
        sleep 0.1
    done
    cat "$work/relay.err"
    return 1
}

# Two clients run at once; each must see the other.
runs() {
    "$work/circle-shared" >"$work/one" 2>&1 &
    one=$!
    timeout 20 "$work/circle-static" >"$work/two" 2>&1 || return 1
    wait "$one" || return 1
    cat "$work/one" "$work/two"
    grep -q 'circle is here' "$work/one" && grep -q 'circle is here' "$work/two" &&
        grep -q 'circle is at [3-6]' "$work/one"
}

# Neither the traffic of many others nor a missing relay changes how long the client runs.
lasts() {
    begin=$(date +%s%N)
    timeout 20 "$work/circle-static" >"$work/three" 2>&1
    status=$?
    lasted=$((($(date +%s%N) - begin) / 1000000))
    cat "$work/three"
    echo "exit $status after $lasted ms"
    [ "$lasted" -ge 5000 ] && [ "$lasted" -lt 7000 ] && [ "$status" -eq "$1" ]
}

lasts_in_a_crowd() {
    "$build/starling" bots 30 --seconds 7 >"$work/bots" 2>&1 &
    bots=$!
    lasts 0 && grep -q 'bot-[0-9]* is at' "$work/three" && wait "$bots"
}

says_that_no_relay_is_there() {
    kill "$relay"
    wait "$relay"
    lasts 1 && grep -q 'is a starlingd running' "$work/three"
}

uninstalled() {
    make uninstall BUILD="$build" PREFIX=/usr DESTDIR="$work/root" &&
        [ -z "$(find "$work/root/usr" "$work/pre fix" -mindepth 1)" ]
}

# An administrator keeps other files in these folders.
uninstalled_beside_others() {
    mkdir -p "$work/root/usr/lib/pkgconfig" "$work/root/usr/libexec/other"
    make install BUILD="$build" PREFIX=/usr DESTDIR="$work/root" &&
        touch "$work/root/usr/share/doc/starling/notes" &&
        make uninstall BUILD="$build" PREFIX=/usr DESTDIR="$work/root" &&
        [ -d "$work/root/usr/libexec/other" ] && [ -e "$work/root/usr/share/doc/starling/notes" ] &&
        [ ! -e "$work/root/usr/libexec/starling" ]
}

check "README's client has at most 60 lines" example
check "install puts everything below DESTDIR" installed
check "the library, its header and its manual know the same functions" knows_each_function
if command -v man >/dev/null; then
    check "man finds the page of each program and each function" finds_each_page
else
    skip "man finds the pages: man is not installed"
fi
check "the installed bench compares relays without the source" compares
if unshare -n true 2>/dev/null; then
    check "the installed bench contrasts between network namespaces without the source" contrasts
else
    skip "the installed bench contrasts between network namespaces: that needs root"
fi
check "the installed client replays its own match without the source" replays
check "the installed tour cites programs that were installed with it, and they compile" names_installed_examples
check "install tells the loader of the library, but not with DESTDIR" tells_the_loader
check "README's client compiles with pkg-config's flags against the shared library" compiles shared
check "README's client compiles against the static library" compiles_static
# The client uses the default port, which may be taken.
if start_relay; then
    check "README's client joins, moves and sees the other" runs
    check "README's client runs for five seconds whatever arrives" lasts_in_a_crowd
    check "README's client says that there is no relay, and fails" says_that_no_relay_is_there
else
    skip "README's client runs: UDP port 7777 is taken"
fi
check "uninstall leaves no file and no folder" uninstalled
check "uninstall leaves the files of others" uninstalled_beside_others
tally
