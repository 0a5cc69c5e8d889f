#!/bin/sh
# The built programs and the shared library have what makes a fault harder to use: reads them with readelf.
#
#	[BUILD=build] [FORTIFY=-D_FORTIFY_SOURCE=2] tests/hardening.sh
#
# Run from the project's root. An empty FORTIFY says that the build does not optimize, and so has no checked
# buffers. The last line is "N passed, N failed, N skipped"; the exit status is 1 if any failed.
set -u
build=${BUILD:-build}
fortify=${FORTIFY--D_FORTIFY_SOURCE=2}
# shellcheck source=tests/tally.sh
. tests/tally.sh

# shows PATTERN: whether readelf said so of the file.
shows() {
    grep -Eq "$1" "$work/elf"
}

library() {
    [ "${file##*.}" = so ]
}

is_position_independent() {
    shows '^ *Type: *DYN' && { library || shows 'Flags: .*\<PIE\>'; }
}

binds_at_once() {
    shows 'FLAGS.*\<BIND_NOW\>|Flags: .*\<NOW\>'
}

# Without lazy binding the whole table of functions lies within this segment.
has_full_relro() {
    shows '^ *GNU_RELRO' && binds_at_once
}

guards_the_stack() {
    shows 'UND __stack_chk_fail\>'
}

checks_buffers() {
    shows 'UND __[a-z]+_chk\>'
}

has_no_executable_stack() {
    shows '^ *GNU_STACK .* RW ' && ! shows '^ *(GNU_STACK|LOAD) .* RWE '
}

for file in "$build"/starlingd "$build"/starling "$build"/starling-bench "$build"/libstarling.so "$build"/baseline-*; do
    case $file in *.[a-z]*) [ "${file##*.}" = so ] || continue ;; esac
    name=${file##*/}
    readelf -W --file-header --segments --dynamic --dyn-syms "$file" >"$work/elf"
    for property in is_position_independent binds_at_once has_full_relro guards_the_stack checks_buffers \
        has_no_executable_stack; do
        sentence="$name $(echo "$property" | tr _ ' ')"
        if [ "$property" = checks_buffers ] && [ -z "$fortify" ]; then
            skip "$sentence: the build does not optimize"
            continue
        fi
        $property
        verdict "$sentence"
    done
done
tally
