#!/bin/sh
# Tests of bench/publish/summary.py: runs tests/summary.py and counts its results.
#
#	[CI=true] tests/summary.sh
#
# Run from the project's root. Without Python it is skipped; with CI=true that is a failure. The last line is
# "N passed, N failed, N skipped"; the exit status is 1 if any failed.
set -u
# shellcheck source=tests/tally.sh
. tests/tally.sh

if command -v python3 >/dev/null; then
    python3 tests/summary.py >"$work/out" 2>&1
    status=$?
    cat "$work/out"
    passed=$(grep -c '^passed: ' "$work/out")
    failed=$(grep -c '^FAILED: ' "$work/out")
    [ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
else
    missing "the summary of results" python3 deps-report
fi
tally
