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
limit_s=90
program=$(realpath "$build")/starling-bench

if ! [ -f "$here/schema.py" ]; then
    echo "$here/schema.py is not here; call this script from the project's root" >&2
    exit 2
fi
# shellcheck source=tests/tally.sh
. tests/tally.sh

# measure NAME ARGUMENT...: a result; one that is not valid (status 3) is a result, too.
measure() {
    name=$1
    shift
    timeout -k 5 "$limit_s" "$build/starling-bench" "$@" --json >"$work/$name.json" 2>"$work/$name.err"
    status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
    verdict "starling-bench $1 measures" || cat "$work/$name.err"
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

# browse PAGE WIDTH FLAG...: what the page says of itself, in $work/title; the screenshot in $work/shot.png.
browse() {
    page=$1 width=$2
    shift 2
    timeout -k 5 "$limit_s" chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --user-data-dir="$work/chromium" --enable-logging=stderr --window-size="$width,2000" "$@" \
        --screenshot="$work/shot.png" "file://$page" >"$work/browser.out" 2>"$work/browser.err" &&
        timeout -k 5 "$limit_s" chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
            --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
            --user-data-dir="$work/chromium" --window-size="$width,2000" "$@" --dump-dom "file://$page" \
            2>/dev/null | sed -n 's|.*<title>\({.*}\)</title>.*|\1|p' >"$work/title"
}

# says WORDS: whether the page's title has them.
says() {
    grep -q "$1" "$work/title"
}

check_browser() {
    plots=$(grep -c '<figure ' "$work/report.html")
    # The page as it is, and behind it a script that looks at it.
    { cat "$work/report.html" && printf '<script>' && cat "$here/report.js" && printf '</script>'; } >"$work/seen.html"
    browse "$work/seen.html" 1000
    verdict "Chromium opens the report"
    says "\"plots\":$plots,\"seen\":$plots,\"captions\":$plots,"
    verdict "all $plots plots are there, drawn, each with a text"
    says '"twice":0'
    verdict "no id is there twice"
    says '"outside":0'
    verdict "it needs nothing from outside"
    ! grep -q CONSOLE "$work/browser.err"
    verdict "the browser's console has nothing to say"
    [ "$(wc -c <"$work/shot.png")" -gt 20000 ]
    verdict "a screenshot shows something"
    light=$(sed 's/.*"background":"\([^"]*\)".*/\1/' "$work/title")
    # In a frame, as the browser makes no window so narrow; a frame is a page to all that asks for its width.
    {
        printf '<!doctype html><title></title><body style="margin:0"><iframe style="border:0;width:390px;height:2000px" srcdoc="'
        sed 's/&/\&amp;/g; s/"/\&quot;/g' "$work/seen.html"
        printf '"></iframe>'
    } >"$work/phone.html"
    browse "$work/phone.html" 500
    cp "$work/title" "$work/phone-title"
    says '"width":390,.*"wide":false'
    verdict "it fits a phone's width"
    says "\"plots\":$plots,\"seen\":$plots,.*\"shown\":$plots,\"cut\":0,"
    verdict "all of every plot is to be seen there"
    says '"smallest":1[0-9],'
    verdict "the plots' texts can be read there"
    [ "$(wc -c <"$work/shot.png")" -gt 20000 ]
    verdict "a screenshot of it shows something"
    browse "$work/seen.html" 1000 --blink-settings=preferredColorScheme=0
    dark=$(sed 's/.*"background":"\([^"]*\)".*/\1/' "$work/title")
    [ -n "$light" ] && [ "$light" != "$dark" ] && says '"text":"rgb(2'
    verdict "it is dark where dark is preferred, with light texts in the plots"
    [ "$failed" -eq 0 ] || grep -h -v ERROR:dbus "$work/phone-title" "$work/title" "$work/browser.err"
}

# What needs no gnuplot: an empty PATH has none.
check_markdown() {
    (cd "$work" && PATH=$work/nowhere "$program" report --markdown contrast.json compare.json) \
        >"$work/table.md" 2>"$work/table.err"
    verdict "the tables come as Markdown on the standard output" || cat "$work/table.err"
    [ "$(grep -c '^    starling-bench ' "$work/table.md")" -eq 2 ] && ! grep -q plot "$work/table.md" "$work/table.err"
    verdict "nothing there speaks of plots"
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
    "$build/starling-bench" report --out "$work/report.html" --png "$work/png" "$work"/*.json >"$work/report.out" 2>&1
    verdict "starling-bench report draws them: $(cat "$work/report.out")"
    pngs=0
    for png in "$work"/png/*.png; do
        [ "$(head -c 4 "$png" | tail -c 3)" = PNG ] && pngs=$((pngs + 1))
    done
    [ "$pngs" -gt 0 ] && [ "$pngs" -eq "$(grep -c '<figure ' "$work/report.html")" ]
    verdict "each of $pngs plots is there as a PNG file, too"
    if command -v chromium >/dev/null; then
        check_browser
    else
        missing "the report in a browser" chromium deps-interop
    fi
}

measure contrast contrast --sim --scenario lossy,wifi --seconds 5
measure live contrast --live --modes raw,tcp --members 3 --seconds 1 --repeat 2
measure compare compare --members 3,5 --rate 10 --seconds 0.5 --repeat 2 --only starling,naive,udp
measure load load --max-members 4 --seconds 0.5 --bouts 4 --repeat 1
measure self-test self-test --seconds 0.5 --repeat 2
measure repeat contrast --repeat-of "$work/contrast.json"
check_schema
check_markdown
if command -v gnuplot >/dev/null; then
    check_report
else
    missing "the report" gnuplot-nox deps-report
fi
tally
