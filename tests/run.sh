#!/bin/sh
# Runs test programs one after the other, from the project's root, and counts what they say.
#
#	tests/run.sh PROGRAM ...
#
# A program is a cmocka test, or a script that ends with a line "N passed, N failed, N skipped".
# All are run whatever happens; the last line counts them, and the exit status is 1 when any failed.
set -u
limit_s=${TEST_LIMIT_S:-300}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 broken=""

# Prints how many tests cmocka says have `$1` ("PASSED", ...).
cmocka_count() {
    sed -n "s/^\[  *$1  *\] \([0-9][0-9]*\) test.*/\1/p" "$log" | awk '{ sum += $1 } END { print sum + 0 }'
}

# Prints the `$1`-th number of the plain closing line.
plain_count() {
    sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" |
        awk -v field="$1" '{ sum += $field } END { print sum + 0 }'
}

for program; do
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
    verdict=ok
    if [ "$f" -gt 0 ]; then
        verdict=FAILED
        broken="$broken $name"
        [ "$status" -ne 124 ] || echo "$name was stopped after $limit_s s" >>"$log"
        cat "$log"
    else
        # What a test has to say for itself: a figure, or why it was skipped.
        grep '^  *note: \|^skipped: ' "$log"
    fi
    printf '%-8s %-28s %4d passed %3d failed %3d skipped  %3d s\n' \
        "$verdict" "$name" "$p" "$f" "$s" "$(($(date +%s) - start))"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
[ -z "$broken" ] || echo "failed in:$broken"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
