# shellcheck shell=sh
# Processes of a test script that has read tests/tally.sh: each runs in the background, for a limited time, and writes
# to files of its name in $work. None outlives the script.
pids=""

# Each pid is that of a timeout(1), which passes the signal on.
clean_up() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null
    done
    for pid in $pids; do
        wait "$pid" 2>/dev/null
    done
    rm -rf "${work:?}"
}

# start NAME LIMIT COMMAND...: $pid is the process.
start() {
    name=$1 limit_s=$2
    shift 2
    timeout -k 6 "$limit_s" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
    pid=$!
    pids="$pids $pid"
}

# finish PID: waits for it; $status is how it ended.
# shellcheck disable=SC2034 # the script reads it
finish() {
    status=0
    wait "$1" || status=$?
    remaining=""
    for pid in $pids; do
        [ "$pid" = "$1" ] || remaining="$remaining $pid"
    done
    pids=$remaining
}

# start_relay NAME LIMIT FLAG...: as start, at any free port.
start_relay() {
    name=$1 limit_s=$2
    shift 2
    start "$name" "$limit_s" "${build:?}/starlingd" --host 127.0.0.1 --port 0 --json "$@"
}

# await_port NAME: $port is where that relay listens.
await_port() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        port=$(sed -n '1s/^{"listening":{.*"port":\([0-9][0-9]*\)}}$/\1/p' "$work/$1.out")
        [ -z "$port" ] || return 0
        sleep 0.2
    done
    return 1
}
