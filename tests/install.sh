#!/bin/sh
# What is installed is enough to build the README's client, and uninstall leaves nothing behind.
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
            share/man/man3/starling.3 share/man/man8/starlingd.8; do
            [ -e "$work/root/usr/$file" ] || { echo "no $file"; return 1; }
        done
}

# The .pc file as found below a root of its own. Sanitizers must be linked in when the library has them.
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
    ${CC:-cc} ${SAN:-} "$work/circle.c" $(flags --cflags) "$work/root/usr/lib/libstarling.a" -lenet -lm \
        -o "$work/circle-static"
}

start_relay() {
    "$build/starlingd" --host 127.0.0.1 --port 7777 --json >"$work/relay.out" 2>"$work/relay.err" &
    relay=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        grep -q listening "$work/relay.out" && return 0
        sleep 0.1
    done
    cat "$work/relay.err"
    return 1
}

# Two of them at once: each must hear of the other.
runs() {
    "$work/circle-shared" >"$work/one" 2>&1 &
    one=$!
    timeout 20 "$work/circle-static" >"$work/two" 2>&1 || return 1
    wait "$one" || return 1
    cat "$work/one" "$work/two"
    grep -q 'circle is here' "$work/one" && grep -q 'circle is here' "$work/two" &&
        grep -q 'circle is at [3-6]' "$work/one"
}

# Neither the traffic of many others nor a relay that is not there changes how long it runs.
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
        [ -z "$(find "$work/root" -type f -o -type l)" ]
}

check "README's client has at most 60 lines" example
check "everything is installed below DESTDIR" installed
check "README's client compiles with pkg-config's flags against the shared library" compiles shared
check "README's client compiles against the static library" compiles_static
# Its port is the default one, which somebody may be using.
if start_relay; then
    check "README's client joins, moves and sees the other" runs
    check "README's client runs for five seconds whatever arrives" lasts_in_a_crowd
    check "README's client says that no relay is there, and fails" says_that_no_relay_is_there
else
    skip "README's client was not run: UDP port 7777 is taken"
fi
check "uninstall leaves nothing" uninstalled
tally
