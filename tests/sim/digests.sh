#!/bin/sh
# One seed gives the same bytes out, on any machine and from any build: compares the digests of stories
# (digest.c) with those in digests.txt, with themselves in other surroundings, and with those of a second
# build by another compiler.
#
#	[BUILD=build] [CI=true] tests/sim/digests.sh
#
# Called from the project's root; $BUILD/tests/sim/digest must be there. When the bytes on the wire, the
# impairment's draws or the stories were changed on purpose, `make digests` writes digests.txt anew.
# The last line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
build=${BUILD:-build}
golden=tests/sim/digests.txt

if ! [ -f "$golden" ]; then
    echo "$golden is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh
case $build in
/*) program=$build/tests/sim/digest ;;
*) program=$PWD/$build/tests/sim/digest ;;
esac

# compare FILE SENTENCE: with the first run.
compare() {
    diff "$work/first" "$1" >"$work/diff"
    verdict "$2" && return
    head -n 12 "$work/diff"
    return 1
}

# A long environment, freed and fresh memory full of other bytes, another folder.
elsewhere() {
    (cd / && env -i FILL="$(printf '%9000s' '')" MALLOC_PERTURB_=85 "$@") >"$work/elsewhere"
}

compare_golden() {
    if [ "$(head -n 1 "$golden")" = "$(head -n 1 "$work/first")" ]; then
        compare "$golden" "the stories' digests are those of $golden" ||
            echo "if the change is meant: make digests, and look at what git diff says"
    else
        skip "the digests in $golden are of another ENet: $(head -n 1 "$golden")"
    fi
}

# One story alone: nothing of those before it is left in a process.
compare_alone() {
    tail -n 1 "$work/first" >"$work/last"
    read -r seed plot _ <"$work/last"
    "$program" "$seed" "$plot" | diff "$work/last" - >/dev/null
    verdict "a story told alone is the one that was told after others"
}

compare_second_build() {
    second=$build/digest-clang
    # What make was called with is not for this build.
    if MAKEFLAGS='' ${MAKE:-make} --no-print-directory BUILD="$second" CC=clang CFLAGS=-O0 SAN='' \
        "$second/tests/sim/digest" >"$work/make" 2>&1; then
        "$second/tests/sim/digest" >"$work/second"
        compare "$work/second" "clang -O0 makes the same datagrams"
    else
        cat "$work/make"
        false
        verdict "clang -O0 makes the same datagrams"
    fi
}

"$program" >"$work/first"
verdict "every story holds"
compare_golden
elsewhere "$program"
compare "$work/elsewhere" "environment, folder and what lay in memory make no difference"
if setarch -R true 2>/dev/null; then
    elsewhere setarch -R "$program"
    compare "$work/elsewhere" "where things lie in memory makes no difference"
else
    skip "addresses that are not random (setarch -R is not here, or not allowed)"
fi
compare_alone
# A sanitizer's build is the second one itself: it is held against digests.txt.
if [ -z "${SAN:-}" ]; then
    if command -v clang >/dev/null; then compare_second_build; else missing "a second build, by clang" clang deps-lint; fi
fi
echo "  note: $(grep -vc '^#' "$work/first") stories, $(awk '!/^#/ { sum += $3 } END { print sum }' "$work/first") datagrams"
tally
