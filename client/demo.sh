#!/bin/sh
# The demo: a relay, a recorded match, bots, a live map; then the delivery modes side by side on a bad link.
# It ends everything that it started by pid, also on Ctrl-C, or when its output is closed. `make demo` runs it.
set -u
build=${BUILD:-build}
trace=../shared/traces/football.csv
[ -r "$trace" ] || trace=$build/match.csv
seconds=${DEMO_SECONDS:-10}
tmp=$(mktemp -d)
pids=""

finish() {
    status=$?
    trap - EXIT INT TERM HUP
    for pid in $pids; do
        kill -TERM "$pid" 2>/dev/null
    done
    for pid in $pids; do
        wait "$pid" 2>/dev/null
    done
    rm -rf "$tmp"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM HUP

# start NAME COMMAND ...: in the background, with its output in files of that name.
start() {
    name=$1
    shift
    "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null &
    pids="$! $pids"
}

# fill ROOM MODE: publishes entities in that room.
fill() {
    start "replay-$1" "$build/starling" replay "$trace" --loop --port "$port" --room "$1" --mode "$2"
    start "bots-$1" "$build/starling" bots 8 --port "$port" --room "$1" --mode "$2"
}

# listen NAME FLAG ...: starts a relay on a free port, and sets `port` to it.
listen() {
    name=$1
    shift
    start "$name" "$build/starlingd" --host 127.0.0.1 --port 0 --json "$@"
    port=""
    tries=0
    while [ -z "$port" ] && [ "$tries" -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
        port=$(sed -n 's/^{"listening":.*"port":\([0-9]*\).*/\1/p' "$tmp/$name.out")
    done
    if [ -z "$port" ]; then
        echo "demo: the relay did not start:" >&2
        cat "$tmp/$name.err" >&2
        exit 1
    fi
}

listen relay
echo "A relay on UDP port $port, a recorded match (two teams and the ball) and 8 bots in one room:"
fill match unsequenced
sleep 1
"$build/starling" watch --room match --port "$port" --seconds "$seconds" || exit 1

echo
link=delay=30ms,jitter=5ms,loss=5%
echo "Now in each delivery mode, through a relay with a bad link each way ($link):"
listen bad-relay --impair-in "$link" --impair-out "$link"
for mode in unsequenced sequenced reliable; do
    fill "$mode" "$mode"
done
sleep 2
watchers=""
for mode in unsequenced sequenced reliable; do
    "$build/starling" watch --room "$mode" --mode "$mode" --port "$port" --seconds "$seconds" \
        --summary --quiet >"$tmp/$mode.row" 2>"$tmp/$mode.err" </dev/null &
    watchers="$watchers $!"
    pids="$! $pids"
done
[ ! -t 2 ] || printf 'measuring for %s s ...\r' "$seconds" >&2
for pid in $watchers; do
    wait "$pid" || exit 1
done
head -n 1 "$tmp/unsequenced.row"
for mode in unsequenced sequenced reliable; do
    tail -n 1 "$tmp/$mode.row"
done
echo
echo "Age: how old the newest state of an entity is, over all entities and moments. Unreliable modes lose"
echo "updates and keep ages low; in reliable mode each loss delays the updates behind it. For exact figures on a"
echo "simulated network, run: $build/starling-bench contrast --sim"
