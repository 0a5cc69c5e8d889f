#!/bin/sh
# The relay's live page in Chromium, with a real relay and real bots.
#
#	[BUILD=build] [CI=true] tests/interop/page.sh [picture]
#
# Called from the project's root. Screenshots go to the folder shots of the build folder; "picture" only makes
# relay/status/page.png, which the README shows. What is not installed is skipped, with CI=true it has failed. The last
# line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
limit_s=240

if ! [ -f "$here/page.js" ]; then
    echo "$here/page.js is not here; call this script from the project's root" >&2
    exit 2
fi
if [ "${1:-}" = picture ]; then
    exec timeout -k 5 "$limit_s" node "$here/page.js" "$build" "$build/shots" relay/status/page.png
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh

if ! command -v chromium >/dev/null; then
    missing "the live page in a browser" chromium deps-interop
elif ! command -v node >/dev/null; then
    missing "the live page in a browser" nodejs deps-interop
else
    run_proofs "$limit_s" node "$here/page.js" "$build" "$build/shots"
fi
tally
