#!/bin/sh
# Runs test programs from the project's root and counts their results.
#
#	[TEST_JOBS=2] [TEST_LIMIT_S=300] tests/run.sh PROGRAM ... [-- ALONE ... [-- WAITING ...]]
#
# TEST_JOBS of them run at a time (default: one for each processor), at the lowest priority. Beside them run those for
# which the time counts: ALONE one by one, and then TEST_JOBS of WAITING, which mostly sleep. A program is a cmocka test, or a script that ends with a line "N passed, N failed, N skipped".
# A failure does not stop the others. The last line has the sums; the exit status is 1 if any failed.
set -u
limit_s=${TEST_LIMIT_S:-300}

# Prints cmocka's number of tests with the result `$1` ("PASSED", ...).
cmocka_count() {
    sed -n "s/^\[  *$1  *\] \([0-9][0-9]*\) test.*/\1/p" "$log" | awk '{ sum += $1 } END { print sum + 0 }'
}

# Prints the `$1`-th number of the plain closing line.
plain_count() {
    sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" |
        awk -v field="$1" '{ sum += $field } END { print sum + 0 }'
}

# run_one PROGRAM: runs it, prints its result, and adds a line with its counts to $TEST_SUMS.
run_one() {
    program=$1
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    start=$(date +%s)
    timeout -k 5 "$limit_s" "$program" >"$log" 2>&1 </dev/null
    status=$?
    p=$(($(cmocka_count PASSED) + $(plain_count 1)))
    f=$(($(cmocka_count FAILED) + $(plain_count 2)))
    s=$(($(cmocka_count SKIPPED) + $(plain_count 3)))
    name=${program#"${BUILD:-build}"/}
    name=${name#tests/}
    [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    if [ "$status" -eq 0 ] && [ "$((p + s))" -eq 0 ]; then
        echo "$name ran no test" >>"$log"
        f=1
    fi
    [ "$status" -ne 124 ] || echo "$name was stopped after $limit_s s" >>"$log"
    # The lock keeps the output of one program together.
    exec 9>>"$TEST_SUMS"
    flock 9
    if [ "$f" -gt 0 ]; then
        verdict=FAILED
        cat "$log"
    else
        verdict=ok
        # A test's notes: a figure, or why it was skipped.
        grep '^  *note: \|^skipped: ' "$log"
    fi
    printf '%-8s %-28s %4d passed %3d failed %3d skipped  %3d s\n' \
        "$verdict" "$name" "$p" "$f" "$s" "$(($(date +%s) - start))"
    echo "$p $f $s $name" >&9
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

TEST_SUMS=$(mktemp)
export TEST_SUMS
trap 'rm -f "$TEST_SUMS"' EXIT

# run_lane LANE JOBS NICENESS ARGUMENT ...: runs the programs behind the LANE-th "--", JOBS at a time.
run_lane() {
    lane=$1
    at_a_time=$2
    niceness=$3
    shift 3
    printf '%s\n' "$@" | awk -v lane="$lane" '$0 == "--" { at++; next } at + 0 == lane' |
        xargs -r -P "$at_a_time" -n 1 nice -n "$niceness" sh "$0" --one
}

jobs=${TEST_JOBS:-$(nproc)}
{ run_lane 1 1 0 "$@"; run_lane 2 "$jobs" 0 "$@"; } &
waiting=$!
run_lane 0 "$jobs" 19 "$@"
wait "$waiting"
broken=$(awk '$2 > 0 { printf " %s", $4 }' "$TEST_SUMS")
# A program that was killed with its runner has no line.
[ "$(wc -l <"$TEST_SUMS")" -eq "$(printf '%s\n' "$@" | grep -cvx -e --)" ] || broken="$broken (some did not finish)"
[ -z "$broken" ] || echo "failed in:$broken"
awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$TEST_SUMS"
[ -z "$broken" ]
