# shellcheck shell=sh
# Counting for test scripts: passed, failed and skipped tests. A script in the project's root reads this file
# (`. tests/tally.sh`). $work is a folder for its files; clean_up removes it at the end, and a script may
# define its own clean_up.
passed=0 failed=0 skipped=0
work=$(mktemp -d) || exit 1

clean_up() {
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# verdict SENTENCE: counts the status of the command before it, and returns that status.
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

# missing WHAT PACKAGE TARGET: skips WHAT, as PACKAGE is not installed. With CI=true this is a failure.
missing() {
    if [ "${CI:-}" = true ]; then
        echo "FAILED: $1: $2 is not installed, and CI requires it (make $3)"
        failed=$((failed + 1))
    else
        skip "$1: $2 is not installed (make $3)"
    fi
}

# run_proofs LIMIT_S COMMAND...: counts the lines "passed: ..." and "FAILED: ..." of a program. One that fell over has
# failed once more.
run_proofs() {
    limit=$1
    shift
    timeout -k 5 "$limit" "$@" >"$work/proofs.out" 2>&1
    status=$?
    cat "$work/proofs.out"
    good=$(grep -c '^passed: ' "$work/proofs.out")
    bad=$(grep -c '^FAILED: ' "$work/proofs.out")
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        echo "FAILED: $2 ended with status $status (124: out of time) after $good proofs"
        bad=1
    fi
    passed=$((passed + good)) failed=$((failed + bad))
}

# Prints the last line, and returns the script's exit status.
tally() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
