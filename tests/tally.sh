# shellcheck shell=sh
# What test scripts have in common: they count what they prove, and skip what cannot be proved here.
# To be read by them (`. tests/tally.sh`), in the project's root. $work is a folder for their files,
# removed at the end by clean_up, which they may write anew.
passed=0 failed=0 skipped=0
work=$(mktemp -d) || exit 1

clean_up() {
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# verdict SENTENCE: counts the status of the command before it, and returns it.
verdict() {
    if [ $? -eq 0 ]; then
        echo "passed: $1"
        passed=$((passed + 1))
    else
        echo "FAILED: $1"
        failed=$((failed + 1))
        return 1
    fi
}

skip() {
    echo "skipped: $1"
    skipped=$((skipped + 1))
}

# missing WHAT PACKAGE TARGET: what cannot be tested for want of it. With CI=true it has failed.
missing() {
    if [ "${CI:-}" = true ]; then
        echo "FAILED: $1: $2 is not installed, and CI must have it (make $3)"
        failed=$((failed + 1))
    else
        skip "$1: $2 is not installed (make $3)"
    fi
}

# The last line, and the status to end with.
tally() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
