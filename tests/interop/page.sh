#!/bin/sh
# The relay's live page and the lab's page in Chromium, with real programs.
#
#	[BUILD=build] [CI=true] tests/interop/page.sh [picture]
#
# Called from the project's root. Screenshots go to the folder shots of the build folder; "picture" only makes
# relay/status/page.png and client/lab/page.png, which the README shows. What is not installed is skipped, with CI=true it
# has failed. The last line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
limit_s=240

if ! [ -f "$here/page.js" ]; then
    echo "$here/page.js is not here; call this script from the project's root" >&2
    exit 2
fi
if [ "${1:-}" = picture ]; then
    timeout -k 5 "$limit_s" node "$here/page.js" "$build" "$build/shots" relay/status/page.png || exit 1
    exec timeout -k 5 "$limit_s" node "$here/lab.js" "$build" "$build/shots" client/lab/page.png
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh

if ! command -v chromium >/dev/null; then
    missing "the pages in a browser" chromium deps-interop
elif ! command -v node >/dev/null; then
    missing "the pages in a browser" nodejs deps-interop
else
    run_proofs "$limit_s" node "$here/page.js" "$build" "$build/shots"
    run_proofs "$limit_s" node "$here/lab.js" "$build" "$build/shots"
fi
tally
