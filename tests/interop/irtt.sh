#!/bin/sh
# Debian's irtt (https://github.com/heistp/irtt) and our own measurement of one known delay, each through our proxy:
# their medians agree within 0.1 ms.
#
#	[BUILD=build] [CI=true] tests/interop/irtt.sh
#
# Called from the project's root. Ours is the self-test: generator, proxy, raw fan-out. irtt's client asks its server
# through two proxies at once, one with the delay and one without. From each median its path's own, without the delay,
# is taken off: irtt reads the clock when it has woken, and we take the kernel's stamps. Three tries have to disagree
# before the test fails, as the machine's other programs move a median, too. The last line is "N passed, N failed,
# N skipped"; exit status 1 when any failed.
set -u
build=${BUILD:-build}
each_way_ms=10
tries=3
limit_us=100
pids=""

if ! [ -f tests/tally.sh ]; then
    echo "tests/tally.sh is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh

# Each pid is that of a timeout(1), which passes the signal on.
clean_up() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}

# start NAME COMMAND...: in the background, for a while, with its output in a file of that name.
start() {
    name=$1
    shift
    timeout -k 5 120 "$@" >"$work/$name" 2>&1 </dev/null &
    pids="$pids $!"
}

# await NAME PATTERN: $port is what the pattern takes out of the output, once it is there.
await() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        port=$(sed -n "s/$2/\1/p" "$work/$1" | head -n 1)
        [ -z "$port" ] || return 0
        sleep 0.2
    done
    echo "$1 does not say where it listens:"
    cat "$work/$1"
    return 1
}

# start_proxy NAME IMPAIRMENT: towards $server.
start_proxy() {
    start "$1" "$build/starling-bench" proxy --listen 127.0.0.1:0 --to "127.0.0.1:$server" --impair-in "$2" \
        --impair-out "$2" --json
    await "$1" '^{"listening":{"address":"[^"]*","port":\([0-9]*\)}.*'
}

start_paths() {
    start server irtt server -b 127.0.0.1:0
    await server '.*starting IPv4 listener on 127\.0\.0\.1:\([0-9]*\).*' || return 1
    server=$port
    start_proxy far "delay=${each_way_ms}ms" || return 1
    far=$port
    start_proxy near none || return 1
    near=$port
}

# ask NAME PORT: irtt's client, 400 probes.
ask() {
    timeout -k 5 30 irtt client -i 10ms -d 4s -Q -o - "127.0.0.1:$2" >"$work/$1" 2>&1
}

# Each sets $far_us and $near_us, the medians with the delay and without. irtt's are nanoseconds.
theirs() {
    ask asked-near "$near" &
    ask asked-far "$far"
    wait $!
    far_us=$(sed -n '/"rtt": {/,/}/s/.*"median": \([0-9]*\)[0-9]\{3\},*$/\1/p' "$work/asked-far")
    near_us=$(sed -n '/"rtt": {/,/}/s/.*"median": \([0-9]*\)[0-9]\{3\},*$/\1/p' "$work/asked-near")
}

# of EACH_WAY: the median delay of that row of the self-test.
of() {
    sed -n '/"each_way_ms":[[:space:]]*"\{0,1\}'"$1"'"\{0,1\}$/,/"delay_p99_us"/{
        /"delay_p50_us"/,/"median"/s/.*"median":[[:space:]]*\([0-9]*\).*/\1/p
    }' "$work/self-test"
}

ours() {
    timeout -k 5 60 "$build/starling-bench" self-test --seconds 2 --repeat 1 --json >"$work/self-test" 2>&1
    far_us=$(of "$each_way_ms") near_us=$(of 0)
}

# Sets $apart_us; false when a median is missing.
try() {
    ours
    [ -n "$far_us" ] && [ -n "$near_us" ] || return 1
    our_us=$((far_us - near_us)) our_text="$far_us - $near_us"
    theirs
    [ -n "$far_us" ] && [ -n "$near_us" ] || return 1
    apart_us=$((our_us - far_us + near_us)) apart_us=${apart_us#-}
    echo "  note: of $((2000 * each_way_ms)) us we measure $our_text = $our_us us," \
        "irtt $far_us - $near_us = $((far_us - near_us)) us: $apart_us us apart"
}

compare() {
    for _ in $(seq "$tries"); do
        if ! try; then
            cat "$work/self-test" "$work"/asked-* 2>/dev/null
            return 1
        fi
        [ "$apart_us" -gt "$limit_us" ] || return 0
    done
    return 1
}

if ! command -v irtt >/dev/null; then
    missing "our own measurement beside irtt" irtt deps-interop
    tally
    exit
fi
start_paths && compare
verdict "our median of a known delay and irtt's agree within $limit_us us"
tally
