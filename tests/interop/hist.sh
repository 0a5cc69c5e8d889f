#!/bin/sh
# Our histogram against npm's hdr-histogram-js: the same values through both, and our text.
#
#	[BUILD=build] [CI=true] tests/interop/hist.sh [install]
#
# Called from the project's root. "install" only installs the package, below $BUILD/npm; with CI=true
# the test does so, too, if it is not there. What is not installed is skipped, with CI=true it has
# failed. The last line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
package=hdr-histogram-js
version=3.0.1
limit_s=120

# stop SENTENCE: ends with what cannot be tested. With CI=true it has failed.
stop() {
    if [ "${CI:-}" = true ]; then
        echo "FAILED: $1, and CI must have it (make deps-interop)"
        echo "0 passed, 1 failed, 0 skipped"
        exit 1
    fi
    echo "skipped: the histogram beside $package: $1 (install it with make deps-interop)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

if ! [ -f "$here/hist.js" ]; then
    echo "$here/hist.js is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/interop/installed.sh
. "$here/installed.sh"
folder=$(npm_folder "$package")
if [ "${1:-}" = install ]; then
    npm_install "$package" "$version"
    exit
fi
[ -n "$node" ] || stop "node is not installed"
if [ "${CI:-}" = true ] && ! npm_has "$package" "$version"; then
    command -v npm >/dev/null || stop "npm is not installed"
    npm_install "$package" "$version"
fi
npm_has "$package" "$version" || stop "$package $version is not in $build/npm"
if ! [ -x "$build/tests/interop/hist" ]; then
    echo "FAILED: $build/tests/interop/hist is not there; run make $build/tests/interop/hist first"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

output=$(timeout -k 5 "$limit_s" node "$here/hist.js" "$build/tests/interop/hist" "$folder" 2>&1)
status=$?
echo "$output"
passed=$(echo "$output" | grep -c '^passed: ')
failed=$(echo "$output" | grep -c '^FAILED: ')
if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
    echo "FAILED: node ended with status $status (124: out of time) after $passed proofs"
    failed=1
fi
echo "  note: $package $version and our histogram agree in $passed of $((passed + failed)) proofs"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
