#!/bin/sh
# What starling-bench measures, as others read it: the results against their JSON schema, the report in
# Chromium.
#
#	[BUILD=build] [CI=true] tests/interop/results.sh
#
# Called from the project's root. What is not installed is skipped, with CI=true it has failed. The last
# line is "N passed, N failed, N skipped"; exit status 1 when any failed.
set -u
here=tests/interop
build=${BUILD:-build}
limit_s=120
program=$(realpath "$build")/starling-bench

if ! [ -f "$here/schema.py" ]; then
    echo "$here/schema.py is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh

# begin NAME ARGUMENT...: measures a result beside the others, as measuring mostly waits.
begin() {
    name=$1
    shift
    begun="$begun $name"
    {
        timeout -k 5 "$limit_s" "$build/starling-bench" "$@" --json >"$work/$name.json" 2>"$work/$name.err"
        echo $? >"$work/$name.status"
    } &
}

# One that is not valid (status 3) is a result, too.
await_all() {
    wait
    for name in $begun; do
        status=$(cat "$work/$name.status")
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
        verdict "starling-bench measures: $name" || cat "$work/$name.err"
    done
}

check_schema() {
    : >"$work/schema.out"
    for candidate in python3 /usr/bin/python3; do
        command -v "$candidate" >/dev/null || continue
        "$candidate" "$here/schema.py" bench/result.schema.json "$work"/*.json >"$work/schema.out" 2>&1
        [ $? -eq 77 ] || break
    done
    if ! [ -s "$work/schema.out" ]; then
        missing "the results against their schema" python3-jsonschema deps-interop
        return
    fi
    cat "$work/schema.out"
    good=$(grep -c '^passed: ' "$work/schema.out")
    bad=$(grep -c '^FAILED: ' "$work/schema.out")
    [ "$good" -gt 0 ] || bad=$((bad + 1))
    passed=$((passed + good)) failed=$((failed + bad))
}

# make_evil: a result whose names would be scripts, if a page took them as HTML. report.js knows the name.
make_evil() {
    evil='<\/script><img src=x onerror=\\"window.wasRun = 1\\"><!--<script>'
    sed "s|\"mode\":[[:space:]]*\"raw\"|\"mode\": \"$evil\"|" "$work/evil.json" >"$work/zz-evil.json"
    rm "$work/evil.json"
}

check_markdown() {
    (cd "$work" && "$program" report --markdown contrast.json compare.json) \
        >"$work/table.md" 2>"$work/table.err"
    verdict "the tables come as Markdown on the standard output" || cat "$work/table.err"
    [ "$(grep -c '^    starling-bench ' "$work/table.md")" -eq 2 ]
    verdict "each has its command"
    ! [ -e "$work/report.html" ]
    verdict "no page is written beside it"
    awk -F'|' '/^\| scenario/ { for (i = 2; i < NF; i++) { name = $i; gsub(/ /, "", name); at[name] = i } }
        /^\| lossy/ { rows++; if ($at["due"] != $at["delivered"] + $at["skipped"] + $at["lost"]) exit 1 }
        END { exit !rows }' "$work/table.md"
    verdict "in each row due is delivered, skipped and lost together"
    ! "$program" report --markdown -o /dev/full "$work/compare.json" >"$work/table.out" 2>&1 &&
        [ -c /dev/full ] && grep -q '/dev/full: No space left' "$work/table.out"
    verdict "a device is written to, not replaced"
    echo before >"$work/there.md" && ln -s there.md "$work/link.md" &&
        "$program" report --markdown -o "$work/link.md" "$work/compare.json" >"$work/table.out" &&
        [ -L "$work/link.md" ] && grep -q '^    starling-bench compare' "$work/there.md"
    verdict "a link is written through"
}

check_report() {
    (cd "$work" && "$program" report ./*.json) >"$work/report.out" 2>&1
    verdict "starling-bench report makes a page: $(cat "$work/report.out")"
    if ! command -v chromium >/dev/null; then
        missing "the report in a browser" chromium deps-interop
    elif ! command -v node >/dev/null; then
        missing "the report in a browser" nodejs deps-interop
    else
        run_proofs "$limit_s" node "$here/report.js" "$work/report.html" "$build/shots" "$work"/*.json
    fi
}

# What the page draws with is the system's, and whoever lacks it is told so.
check_no_chart() {
    for chart in "$work/nowhere.js" "$here/report.js"; do
        ! "$build/starling-bench" report --chart "$chart" --out "$work/none.html" "$work/contrast.json" >"$work/none.out" 2>&1 &&
            grep -q 'install .*libjs-chart\.js' "$work/none.out" && ! [ -e "$work/none.html" ]
        verdict "without Chart.js it says what to install: $(cat "$work/none.out")"
    done
}

begun=""
begin contrast contrast --sim --scenario lossy,wifi --seconds 5
begin live contrast --live --modes raw,tcp --members 3 --seconds 1 --repeat 2
begin compare compare --members 3,5 --rate 10 --seconds 0.5 --repeat 2 --tick auto --only starling,naive,udp
begin load load --max-members 4 --seconds 0.5 --bouts 4 --repeat 1
begin self-test self-test --seconds 0.5 --repeat 2
begin again contrast --sim --scenario lossy,wifi --seconds 5
begin evil contrast --sim --scenario lan --modes raw,unsequenced --seconds 2
await_all
"$build/starling-bench" diff "$work/contrast.json" "$work/again.json" >"$work/diff.out" 2>&1 &&
    grep -qx 'the two agree' "$work/diff.out"
verdict "diff says that a simulation measured again agrees"
check_schema
make_evil
check_markdown
check_no_chart
if [ -e /usr/share/javascript/chart.js/chart.min.js ]; then
    check_report
else
    missing "the report" libjs-chart.js deps-report
fi
tally
