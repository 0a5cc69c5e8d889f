#!/bin/sh
# Shows where the relay spends its time, by function, under a bounded load of bots. `make profile` runs it.
#
#	[PROFILE_MEMBERS=64] [PROFILE_RATE=30] [PROFILE_SECONDS=10] [PROFILER=perf|callgrind] relay/profile.sh [FLAG ...]
#
# perf samples time, with the kernel's, if permitted. Otherwise callgrind counts instructions: as many on a busy
# machine as on an idle one, but none in the kernel, where a relay spends most of its time. FLAGs are
# starlingd's. Without any, perf runs the default flush; callgrind runs --tick 60 with half as many members, since
# it slows the relay down so much that a flush by load would behave differently.
set -u
build=${BUILD:-build}
rate=${PROFILE_RATE:-30}
seconds=${PROFILE_SECONDS:-10}
profiler=${PROFILER:-}
here=$(dirname "$0")
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

# listen COMMAND ...: starts the relay in the background and waits for its port.
listen() {
    "$@" --host 127.0.0.1 --port 0 --json --quiet --message-rate 10000 --clients "$members" --timeout 60 \
        --address-datagrams 0 --address-bytes 0 --address-commands 0 \
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
        >"$tmp/bots" 2>&1
}

bots_failed() {
    cat "$tmp/bots" >&2
    fail "the bots failed"
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
    command -v valgrind >/dev/null || fail "valgrind is not installed; type: sudo apt-get install valgrind"
    listen valgrind --quiet --tool=callgrind --callgrind-out-file="$tmp/callgrind" "$build/starlingd" --no-sandbox "$@"
    load || bots_failed
    stop
    [ -s "$tmp/callgrind" ] || fail "callgrind wrote nothing"
    counts --inclusive=yes "$tmp/callgrind" >"$tmp/inclusive"
    counts --inclusive=no "$tmp/callgrind" >"$tmp/exclusive"
    echo "instructions outside the kernel; without system calls, which take most of a relay's time;"
    echo "of a function with its callees, and of the function alone"
    header
    awk '
        { count = $1; gsub(",", "", count); count += 0; name = $0; sub("^[^ ]* ", "", name) }
        FNR == NR { by_itself[name] += count; sum += count; next }
        count > with[name] { with[name] = count }
        # Functions without a name start the loader and libraries.
        END {
            for (name in with)
                if (with[name] >= sum / 200 && name !~ /^(0x|\?\?\?|\(below main\)|_start|__libc_start)/)
                    printf "%8.2f%% %8.2f%%  %s\n", 100 * with[name] / sum, 100 * by_itself[name] / sum, name
        }' "$tmp/exclusive" "$tmp/inclusive" | sort -k1,1nr -k2,2nr | head -n 60
}

# Bytes of stack to copy for each sample: udp_out_flush alone has large arrays there.
stack_bytes=32768

# sample FILE COMMAND: samples the relay while COMMAND runs.
sample() {
    file=$1
    shift
    perf record -q --call-graph "dwarf,$stack_bytes" -F 4999 -e cpu-clock -o "$file" "$@" >/dev/null 2>"$tmp/err"
}

sums() {
    perf script -i "$1" --no-inline -F ip,sym,dso 2>/dev/null | awk -f "$here/profile.awk"
}

# Whether perf is installed, and may sample the kernel and name its functions.
perf_is_allowed() {
    command -v perf >/dev/null || return 1
    sample "$tmp/try" -- dd if=/dev/zero of=/dev/null bs=1 count=200000 || return 1
    sums "$tmp/try" | grep -q '(system call read)'
}

by_perf() {
    listen "$build/starlingd" "$@"
    load &
    bots=$!
    sleep 1 # until all have joined
    sample "$tmp/perf" -p "$relay" -- sleep $((seconds > 2 ? seconds - 2 : 1)) || fail "perf could not sample"
    wait "$bots" || bots_failed
    stop
    sums "$tmp/perf" >"$tmp/sums"
    echo "processor time, with the kernel's; of a function with its callees, and of the function alone"
    header
    awk '
        $3 == "*" { all = $1; next }
        { with[$0] = $1 }
        END {
            for (line in with) {
                split(line, words, " ")
                name = line
                sub("^[^ ]* [^ ]* ", "", name)
                if (all > 0 && words[1] >= all / 200)
                    printf "%8.2f%% %8.2f%%  %s\n", 100 * words[1] / all, 100 * words[2] / all, name
            }
            if (all == 0)
                print "no samples: the relay did nothing"
        }' "$tmp/sums" | sort -k1,1nr -k2,2nr | head -n 80
}

header() {
    printf '%9s %9s  %s\n' "callees" "alone" "function"
}

why=""
if [ -z "$profiler" ]; then
    profiler=perf
    perf_is_allowed || {
        profiler=callgrind
        why="perf is not installed, or may not sample the kernel (that needs root, or kernel.perf_event_paranoid at most 1)"
    }
fi
case $profiler in
callgrind)
    members=${PROFILE_MEMBERS:-32}
    [ "$#" -gt 0 ] || set -- --tick 60
    ;;
perf)
    members=${PROFILE_MEMBERS:-64}
    perf_is_allowed || fail "perf may not sample the kernel; run it as root, or try PROFILER=callgrind"
    ;;
*) fail "PROFILER=$profiler: must be perf or callgrind" ;;
esac
[ -z "$why" ] || echo "$why: using callgrind instead"
echo "starlingd${*:+ $*}: $members bots at $rate Hz for $seconds s"
"by_$profiler" "$@"
echo "the relay's report:"
tail -n 1 "$tmp/out"
