#!/bin/sh
# Measures everything that bench/RESULTS.md says, and writes it.
#
#	[BUILD=build] bench/results.sh [SECTION ...]
#
# Called from the project's root, by `make results`. Takes about an hour on a machine that does nothing
# else; with sections named (bench/results.sh contrast sixteen), only these are measured again, and the
# rest is taken from what was measured before, in $BUILD/results. The results stay there as JSON, with
# report.html beside them.
set -u
build=${BUILD:-build}
folder=$build/results
bench=$build/starling-bench
document=$folder/RESULTS.md
wanted=" $* "

mkdir -p "$folder" bench/plots || exit 1

# section NAME TITLE: begins one; its text comes on the standard input.
section() {
    name=$1
    { printf '\n## %s\n\n' "$2" && cat && echo; } >>"$document"
}

# measure FILE ARGUMENT...: a result and its table. Status 3, not valid, is said in the table.
measure() {
    file=$folder/$name-$1.json
    shift
    if ! [ -s "$file" ] || [ "$wanted" = "  " ] || [ "${wanted#* "$name" }" != "$wanted" ]; then
        echo "starling-bench $*" >&2
        "$bench" "$@" --json >"$file.new"
        status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
        mv "$file.new" "$file"
    fi
    "$bench" report --markdown --out "$folder/table.md" "$file" >/dev/null || exit 1
    { cat "$folder/table.md" && echo; } >>"$document"
}

# plot FILE N AS TEXT: keeps the N-th plot of a result's report.
plot() {
    "$bench" report --markdown --out "$folder/table.md" --svg "$folder/svg" "$folder/$name-$1.json" >/dev/null || exit 1
    cp "$folder/svg/plot$2.svg" "bench/plots/$3.svg" || exit 1
    printf '![%s](plots/%s.svg)\n\n' "$4" "$3" >>"$document"
}

. bench/results_sections.sh

mv "$document" bench/RESULTS.md
"$bench" report --out "$folder/report.html" "$folder"/*.json
