#!/bin/sh
# Where the relay's time goes, function by function, under a bounded load of bots. Run by `make profile`.
#
#	[PROFILE_MEMBERS=32] [PROFILE_RATE=30] [PROFILE_SECONDS=10] [PROFILER=callgrind|perf] relay/profile.sh [FLAG ...]
#
# callgrind counts instructions, the same on a busy machine as on an idle one, but not in the kernel; perf
# samples time, the kernel's too, where it is allowed. FLAGs are starlingd's; without any it is --tick 60,
# since under callgrind time passes some fifty times as fast as it works, and --tick auto goes by time.
set -u
build=${BUILD:-build}
members=${PROFILE_MEMBERS:-32}
rate=${PROFILE_RATE:-30}
seconds=${PROFILE_SECONDS:-10}
profiler=${PROFILER:-callgrind}
tmp=$(mktemp -d)
relay=""

finish() {
    status=$?
    trap - EXIT INT TERM HUP
    [ -z "$relay" ] || kill -TERM "$relay" 2>/dev/null
    rm -rf "$tmp"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
    echo "profile: $1" >&2
    [ ! -s "$tmp/err" ] || cat "$tmp/err" >&2
    exit 1
}

# listen COMMAND ...: the relay, in the background, until it says its port.
listen() {
    "$@" --host 127.0.0.1 --port 0 --json --quiet --message-rate 10000 --clients "$members" --timeout 60 \
        >"$tmp/out" 2>"$tmp/err" </dev/null &
    relay=$!
    tries=0
    until port=$(sed -n 's/.*"port":\([0-9]*\).*/\1/p' "$tmp/out") && [ -n "$port" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || fail "the relay did not listen within 10 s"
        kill -0 "$relay" 2>/dev/null || fail "the relay did not start"
        sleep 0.1
    done
}

load() {
    "$build/starling" bots "$members" --rate "$rate" --seconds "$seconds" --host 127.0.0.1 --port "$port" \
        >"$tmp/bots" 2>&1 || { cat "$tmp/bots" >&2; fail "the bots failed"; }
}

stop() {
    kill -TERM "$relay"
    wait "$relay"
    relay=""
}

# callgrind_annotate FLAG FILE: "COUNT NAME" lines, the most first.
counts() {
    callgrind_annotate --auto=no --tree=none --threshold=100 "$1" "$2" 2>/dev/null |
        sed -n 's/^ *\([0-9,]*\) ([ 0-9.]*%)  [^:]*:\(.*\)$/\1 \2/p' |
        sed 's/ \[[^]]*\/starlingd\]$//; s/ \[[^]]*\/\([^]/]*\)\]$/ (\1)/'
}

by_callgrind() {
    listen valgrind --quiet --tool=callgrind --callgrind-out-file="$tmp/callgrind" "$build/starlingd" "$@"
    load
    stop
    [ -s "$tmp/callgrind" ] || fail "callgrind wrote nothing"
    counts --inclusive=yes "$tmp/callgrind" >"$tmp/inclusive"
    counts --inclusive=no "$tmp/callgrind" >"$tmp/exclusive"
    echo "instructions outside the kernel; a function with all that it calls, and by itself"
    printf '%9s %9s  %s\n' "with %" "by itself" "function"
    awk '
        { count = $1; gsub(",", "", count); count += 0; name = $0; sub("^[^ ]* ", "", name) }
        FNR == NR { by_itself[name] += count; sum += count; next }
        count > with[name] { with[name] = count }
        END {
            for (name in with)
                if (with[name] >= sum / 200)
                    printf "%8.2f%% %8.2f%%  %s\n", 100 * with[name] / sum, 100 * by_itself[name] / sum, name
        }' "$tmp/exclusive" "$tmp/inclusive" | sort -k1,1nr -k2,2nr | head -n 60
}

by_perf() {
    listen "$build/starlingd" "$@"
    perf record -q -g -F 2000 -o "$tmp/perf" -p "$relay" >/dev/null 2>"$tmp/err" &
    perf=$!
    load
    kill -INT "$perf" 2>/dev/null
    wait "$perf"
    stop
    perf report -i "$tmp/perf" --children -g none --percent-limit 0.5 --stdio 2>"$tmp/err" |
        sed -n '/^#.*Children/p; /^ *[0-9]/p' | head -n 80
    [ -s "$tmp/perf" ] || fail "perf is not allowed to sample; try PROFILER=callgrind"
}

[ "$#" -gt 0 ] || set -- --tick 60
echo "starlingd $*: $members bots at $rate Hz for $seconds s"
case $profiler in
callgrind) by_callgrind "$@" ;;
perf) by_perf "$@" ;;
*) fail "PROFILER=$profiler: must be callgrind or perf" ;;
esac
echo "what the relay did:"
tail -n 1 "$tmp/out"
